// Generated from src/wire by `make gen`. Do not edit.

/** An alarm now. */
export type Alarm = { 
/** `asset:point:kind`. */
id: string, 
/** Asset id; the connection's name for a dead link. */
asset: string, 
/** Full point name `asset/point`; for devices and links the alarm's source, `asset/device`, `link/NAME`. */
point: string, 
/** `high-high` … */
kind: string, 
/** ISA-18.2 state. */
state: string, 
/** `critical high medium low`. */
priority: string, 
/** The value that last moved it. */
value: number | null, 
/** Limit of the rule. */
limit: number | null, 
/** Unit of both. */
unit: string, 
/** Quality of the value. */
quality: string, 
/** When it last raised. */
raised_ms: number | null, 
/** When it was acknowledged. */
acked_ms: number | null, 
/** By whom. */
acked_by: string | null, 
/** When the condition ended. */
cleared_ms: number | null, 
/** When a shelved alarm comes back. */
shelved_until_ms: number | null, 
/** What hides it, strongest last; empty where nothing does. */
hidden: Array<Hidden>, 
/** User name of who looks after it. */
assignee: string | null, 
/** How often something was said about it since it rose; the journal has it all. */
comments: number, 
/** What was said last. */
comment: Comment | null, 
/** One line for people (English; screens build their own from the fields). */
message: string, 
/** The incident it belongs to. */
incident: string | null, 
/** Name of the asset, for lists. */
asset_name: string, 
/** Area of the asset. */
area: string, 
/** Class of the rule; may be empty. */
class: string, 
/** The operator position it belongs to. */
position: string, 
/** Number of transitions so far. */
seq: number, 
/** It comes and goes and is held until it has been quiet for a while. */
chattering: boolean, 
/** It went away sooner than anybody could look. */
fleeting: boolean, 
/** Activations since it was annunciated. */
activations: number, 
/** The first alarm of the upset it belongs to; itself, if it is the first; none where it stands alone. */
group: string | null, 
/** The probable cause of its group. */
first_out: boolean, 
/** What waits for a second person. */
request: HideAsked | null, 
/** Its time on the shelf is nearly over. */
expiring: boolean, 
/** ActiveState: the condition is true, shown or not. */
active: boolean, 
/** AckedState: nobody has to look at it. */
acked: boolean, 
/** SuppressedState. */
suppressed: boolean, 
/** OutOfServiceState. */
out_of_service: boolean, 
/** SuppressedOrShelved: hidden in any way. */
suppressed_or_shelved: boolean, 
/** ShelvingState: `unshelved timed-shelved`. */
shelving_state: string, 
/** LatchedState. */
latched: boolean, 
/** FirstInGroup. */
first_in_group: boolean, 
/** OnDelay, seconds. */
on_delay_s: number, 
/** OffDelay, seconds. */
off_delay_s: number, 
/** ReAlarmTime, seconds. */
re_alarm_time_s: number | null, 
/** MaxTimeShelved, seconds. */
max_time_shelved_s: number, 
/** Hiding it for long takes two people. */
two_person: boolean, 
/** Rationalization: likely cause. */
cause: string, 
/** Rationalization: what happens if nobody acts. */
consequence: string, 
/** Rationalization: what to do. */
action: string, 
/** Rationalization: time to respond, seconds. */
respond_within_s: number | null, 
/** What its detector saw when it last raised; none for plain limits. */
evidence: Evidence | null, };

/** What a detector said of a value, in the point's unit. */
export type Evidence = { 
/** A word or two; empty where the alarm's kind says it all. */
why: string, 
/** What the value should be. */
expected: number | null, 
/** Below it the value is odd. */
low: number | null, 
/** Above it the value is odd. */
high: number | null, 
/** How odd; 1 is the edge. */
score: number, 
/** The time the judgement rests on, seconds. */
window_s: number, 
/** How much is behind the model, 0 to 1. */
confidence: number, 
/** Time of the first sample learned from. */
learned_from_ms: number | null, 
/** Time of the last one. */
learned_to_ms: number | null, 
/** What was missing; empty for nothing. */
degraded: string, };

/** The model of an alarm that a detector raises. */
export type Model = { 
/** The alarm's id, `asset:point:kind`. */
id: string, 
/** Asset id. */
asset: string, 
/** Full name, `asset/point`. */
point: string, 
/** The alarm's kind. */
kind: string, 
/** Unit of the point. */
unit: string, 
/** `learning watching degraded frozen`. */
state: string, 
/** What is missing; empty for nothing. */
degraded: string, 
/** Learned time, seconds. */
learned_s: number, 
/** Learned time before it judges, seconds. */
warm_up_s: number, 
/** Samples learned from. */
samples: number, 
/** Time of the first of them. */
learned_from_ms: number | null, 
/** Time of the last one. */
learned_to_ms: number | null, 
/** Who froze it. */
frozen: Frozen | null, 
/** Whether its condition is true now; none: it cannot tell. */
met: boolean | null, 
/** What it makes of the last sample; none before the first. */
finding: Evidence | null, 
/** What it looks at beside the point, full names. */
with: Array<string>, 
/** How it judges. */
settings: ModelSettings, 
/** Memory it takes, bytes, about. */
bytes: number, 
/** What is normal: single numbers by name; empty in lists. */
numbers: { [key in string]: number }, 
/** What is normal: rows of numbers by name, such as one a quarter of an hour of the day; empty in lists. */
profiles: { [key in string]: Array<number | null> }, };

/** How a detector judges. */
export type ModelSettings = { 
/** What is measured: `temperature pressure flow gas counter generic`. */
signal: string, 
/** How far off counts, learned standard deviations. */
sigmas: number, 
/** What never counts, in the point's unit. */
least: number, 
/** A fixed limit in place of the learned one. */
limit: number | null, 
/** What one judgement rests on, seconds. */
window_s: number, 
/** Time constant of forgetting, seconds. */
memory_s: number, 
/** Hours it applies to, minutes of the local day from (included) to (not included). */
hours: [number, number] | null, };

/** Who froze a model, and why. */
export type Frozen = { 
/** User name. */
by: string, 
/** What was said. */
reason: string, 
/** Since when. */
since_ms: number, };

/** `POST /models/{id}/freeze`, `/unfreeze`, `/reset`. */
export type ModelRequest = { 
/** Why; not empty. */
reason: string, };

/** What a model, as it is now, expects of the moments of a time that was measured. */
export type ModelBands = { 
/** The alarm's id. */
id: string, 
/** Inclusive. */
from_ms: number, 
/** Exclusive. */
to_ms: number, 
/** One for each sample looked at; none where the model has no band. */
rows: Array<BandRow>, };

/** `[ts_ms, expected, low, high]`. */
export type BandRow = [number, number | null, number | null, number | null];

/** A way an alarm is hidden. */
export type Hidden = { 
/** `shelved suppressed out-of-service`. */
how: string, 
/** By a rule of the site, which ends it. */
by_design: boolean, 
/** User name; name of the rule. */
by: string, 
/** What was said. */
reason: string, 
/** Since when. */
since_ms: number, 
/** When it ends by itself; shelved alarms only. */
until_ms: number | null, };

/** What somebody said about an alarm. */
export type Comment = { 
/** User name. */
by: string, 
/** When. */
ts_ms: number, 
/** What. */
text: string, };

/** A position and who sits there. */
export type Seat = { 
/** Name of the position. */
position: string, 
/** User name; null where nobody has sat down yet. */
holder: string | null, 
/** Since when. */
since_ms: number | null, 
/** The hand-over that waits. */
waiting: Handover | null, };

/** A hand-over of a shift. */
export type Handover = { 
/** `ho-000001` … */
id: string, 
/** Name of the position. */
position: string, 
/** Who leaves; null where nobody sat there. */
from: string | null, 
/** Who is to come; null: whoever comes. */
to: string | null, 
/** What the one tells the other; why a place was taken. */
note: string, 
/** `offered accepted withdrawn`. */
state: string, 
/** When it was written. */
written_ms: number, 
/** Who accepted it or took it back. */
ended_by: string | null, 
/** When. */
ended_ms: number | null, 
/** What stood when it was written. */
standing: Standing, };

/** What stands at a position at one moment. Of each list the worst or newest; `_total` counts all. */
export type Standing = { 
/** When. */
ts_ms: number, 
/** Annunciated alarms, the most urgent first. */
alarms: Array<StandingAlarm>, 
/** How many there are. */
alarms_total: number, 
/** Of them nobody has acknowledged. */
unacknowledged_total: number, 
/** Hidden alarms, those that come back first first. */
hidden: Array<StandingHidden>, 
/** How many there are. */
hidden_total: number, 
/** Open incidents, the most urgent first. */
incidents: Array<StandingIncident>, 
/** How many there are. */
incidents_total: number, 
/** Values that people put in place of measured ones. */
substitutes: Array<string>, };

/** An alarm of a hand-over. */
export type StandingAlarm = { 
/** `asset:point:kind`. */
id: string, 
/** `critical high medium low`. */
priority: string, 
/** ISA-18.2 state. */
state: string, 
/** When it rose. */
raised_ms: number | null, 
/** Who looks after it. */
assignee: string | null, 
/** What was said last. */
comment: string | null, };

/** A hidden alarm of a hand-over. */
export type StandingHidden = { 
/** `asset:point:kind`. */
id: string, 
/** ISA-18.2 state. */
state: string, 
/** Who hid it. */
by: string, 
/** Why. */
reason: string, 
/** When it comes back by itself. */
until_ms: number | null, };

/** An incident of a hand-over. */
export type StandingIncident = { 
/** `i-000001` … */
id: string, 
/** For people. */
title: string, 
/** How far it is. */
state: string, 
/** `critical high medium low`. */
priority: string, };

/** `POST /handover`, `POST /handover/take`. */
export type HandoverRequest = { 
/** Name of the position. */
position: string, 
/** User name of who is to come; left out: whoever comes. */
to?: string, 
/** What the next one must know; why a place is taken. */
note: string, };

/** `POST /alarms/{id}/assign`. */
export type AssignRequest = { 
/** User name of who looks after it; null: nobody any more. */
to: string | null, };

/** `POST /alarms/{id}/comment`. */
export type CommentRequest = { 
/** Not empty. */
text: string, };

/** One transition. */
export type JournalRow = { 
/** Running number. */
id: number, 
/** Alarm id. */
alarm: string, 
/** State before. */
from: string, 
/** State after. */
to: string, 
/** `raise clear acknowledge …` */
cause: string, 
/** User name; `hub`. */
actor: string | null, 
/** Network address the actor came from. */
address: string | null, 
/** What the actor said. */
reason: string | null, 
/** The value then. */
value: number | null, 
/** The limit then. */
limit: number | null, 
/** The value's quality then. */
quality: string, 
/** Source time. */
source_ms: number, 
/** Hub time. */
ts_ms: number, };

/** How often an alarm was annunciated. */
export type AlarmCount = { 
/** Alarm id. */
alarm: string, 
/** How often. */
count: number, 
/** Share in all of the position, percent. */
percent: number, };

/** `GET /alarms/kpi`. */
export type AlarmFigures = { 
/** Inclusive. */
from_ms: number, 
/** Exclusive; never after now. */
to_ms: number, 
/** One for each operator position. */
positions: Array<PositionFigures>, };

/** An alarm that makes more work than it is worth. */
export type BadActor = { 
/** Alarm id. */
alarm: string, 
/** Annunciated so often, where it is among the ten most frequent. */
count: number, 
/** Share in all of the position, percent. */
percent: number, 
/** Most activations of one chatter window; 0 where it did not chatter. */
chattering: number, 
/** How often it was fleeting. */
fleeting: number, 
/** The longest time it stood, seconds; none where that is not too long. */
stale_s: number | null, };

/** A figure beside its target. */
export type FigureCompared = { 
/** Name of the figure. */
name: string, 
/** What it is. */
value: number, 
/** What it should be at most. */
target: number, 
/** `acceptable manageable over`. */
verdict: string, };

/** One flood. */
export type FloodEpisode = { 
/** Begin. */
from_ms: number, 
/** End. */
to_ms: number, 
/** Alarms annunciated meanwhile. */
annunciated: number, };

/** Time in flood. */
export type FloodFigures = { 
/** There was one at the end. */
active: boolean, 
/** Share of the time, percent. */
percent: number, 
/** How many. */
episodes: number, 
/** The first thousand of them, oldest first. */
list: Array<FloodEpisode>, };

/** Figures of one operator position. Only annunciated alarms count. */
export type PositionFigures = { 
/** Its name. */
position: string, 
/** Alarms shown anew. */
annunciated: number, 
/** Mean. */
per_day: number, 
/** Mean. */
per_hour: number, 
/** Mean. */
per_10min: number, 
/** Most in one of the ten-minute periods counted from `from_ms`. */
max_10min: number, 
/** Share of those periods with over ten, percent. */
over_10_percent: number, 
/** Floods. */
flood: FloodFigures, 
/** The ten most frequent alarms. */
top: Array<AlarmCount>, 
/** Their share in all, percent. */
top_percent: number, 
/** Alarms that chattered, worst first. */
chattering: Array<string>, 
/** Alarms that were fleeting, most often first. */
fleeting: Array<string>, 
/** Alarms that stood for too long, longest first. */
stale: Array<string>, 
/** Alarms that stood at the end. */
standing: number, 
/** Annunciated, by priority. */
priorities: { [key in string]: number }, 
/** Median time to acknowledge, seconds. */
ack_p50_s: number | null, 
/** 90 % were acknowledged sooner, seconds. */
ack_p90_s: number | null, 
/** Each figure beside its target. */
compared: Array<FigureCompared>, 
/** Alarms that are among the most frequent, chattered, were fleeting or stale, with how much. */
bad_actors: Array<BadActor>, };

/** One way the alarm could be set. */
export type Proposal = { 
/** In the point's unit; none: as now. */
limit: number | null, 
/** In the limit's unit; none: as now. */
deadband: number | null, 
/** Seconds; none: as now. */
on_delay_s: number | null, 
/** Seconds; none: as now. */
off_delay_s: number | null, 
/** Activations then. */
activations: number, 
/** So many activations fewer. */
removed: number, 
/** Annunciations then, damped as now. */
annunciations: number, 
/** So many annunciations fewer: what the operator is spared. */
annunciations_removed: number, 
/** True alarms later by, median, seconds; none where there was none. */
delay_p50_s: number | null, 
/** The same, at most. */
delay_max_s: number | null, };

/** `GET /alarms/{id}/proposals`. */
export type Proposals = { 
/** Alarm id. */
alarm: string, 
/** Inclusive. */
from_ms: number, 
/** Exclusive. */
to_ms: number, 
/** Samples of the history that were replayed. */
samples: number, 
/** Activations as the alarm is set now, replayed and damped too. */
activations: number, 
/** Of them, those that are shown anew: the others come while the alarm is held for chattering. */
annunciations: number, 
/** Those that mattered: they stood for longer than `true_after_s`, opened an incident, or a command of the asset followed. */
true_alarms: number, 
/** Seconds. */
true_after_s: number, 
/** Ways that were tried. */
tried: number, 
/** Of them, how many would have lost a true alarm. */
losing: number, 
/** What limits the answer; empty where nothing does. */
note: string, 
/** Ways that lose no true alarm and spare the operator some, best first. */
items: Array<Proposal>, };

/** `GET /reports/alarms`. */
export type AlarmReport = { 
/** `2026-10`, of the site's time zone. */
month: string, 
/** Inclusive. */
from_ms: number, 
/** Exclusive; now where the month is not over. */
to_ms: number, 
/** One for each operator position. */
positions: Array<PositionReport>, };

/** An alarm that was hidden for long. */
export type HiddenLong = { 
/** Alarm id. */
alarm: string, 
/** `shelved suppressed out-of-service`, as it began. */
how: string, 
/** Since when. */
from_ms: number, 
/** Until when; none where it still was at the end. */
to_ms: number | null, 
/** For how long up to the end, seconds. */
for_s: number, 
/** Who hid it. */
by: string | null, 
/** Why. */
reason: string | null, };

/** An alarm that stands. */
export type LongStanding = { 
/** Alarm id. */
alarm: string, 
/** For how long, seconds. */
for_s: number, };

/** The month of one operator position. */
export type PositionReport = { 
/** Its figures, with floods and bad actors. */
figures: PositionFigures, 
/** Alarms that stood at the end, longest first; the first thousand. */
standing: Array<LongStanding>, 
/** Alarms that were hidden for longer than what is stale, longest first; the first thousand. */
hidden: Array<HiddenLong>, 
/** Settings that were changed, oldest first. */
changes: Array<JournalRow>, };

/** A setting of an alarm. */
export type AlarmSetting = { 
/** `limit deadband on_delay_s off_delay_s priority enabled`. */
setting: string, 
/** What the site folder says. */
configured: SettingValue, 
/** What runs. */
running: SettingValue, 
/** Least and most that an operator may set; none: an engineer only. */
operator_may: [number, number] | null, 
/** Who changed it, where it differs from the folder. */
by: string | null, 
/** Why. */
reason: string | null, 
/** Since when. */
since_ms: number | null, 
/** When it returns by itself. */
until_ms: number | null, };

/** `GET /alarms/{id}/settings`. */
export type AlarmSettings = { 
/** Alarm id. */
alarm: string, 
/** Unit of limit and deadband. */
unit: string, 
/** Every setting the alarm has. */
settings: Array<AlarmSetting>, };

/** A setting that is not as the site folder says. */
export type Drift = { 
/** Alarm id. */
alarm: string, 
/** `limit deadband on_delay_s off_delay_s priority enabled`. */
setting: string, 
/** What the site folder says. */
configured: SettingValue, 
/** What runs. */
running: SettingValue, 
/** Unit of both, where they have one. */
unit: string, 
/** User name. */
by: string, 
/** Why. */
reason: string, 
/** Since when. */
since_ms: number, 
/** When it returns by itself. */
until_ms: number | null, };

/** A value of a setting: a number, a word or yes and no. */
export type SettingValue = boolean | number | string;

/** `POST /alarms/{id}/settings`: what is left out stays. */
export type SettingsRequest = { 
/** In the point's unit; for rates in unit per second. */
limit?: number, 
/** In the limit's unit. */
deadband?: number, 
/** Seconds. */
on_delay_s?: number, 
/** Seconds. */
off_delay_s?: number, 
/** `critical high medium low`. */
priority?: string, 
/** False: it is not evaluated. */
enabled?: boolean, 
/** Why; not empty. */
reason: string, 
/** When what the site folder says returns by itself. */
expires_ms?: number, };

/** A desk of the control room; empty lists take everything. */
export type Position = { 
/** The user's identifier. */
name: string, 
/** Areas of assets. */
areas: Array<string>, 
/** Classes of alarms. */
classes: Array<string>, 
/** `critical high medium low`. */
priorities: Array<string>, };

/** More annunciations at one operator position than a person can look at. */
export type Flood = { 
/** The position. */
position: string, 
/** When the annunciations became too many. */
began_ms: number, 
/** When they were few again; none while it goes on. */
ended_ms: number | null, 
/** Alarms annunciated in it. */
annunciated: number, 
/** Most of them within the time that is counted (`[alarms] flood`). */
peak: number, };

/** `GET /alarms/floods`. */
export type Floods = { 
/** Newest first. */
items: Array<Flood>, 
/** From here … */
from_ms: number, 
/** … to here. */
to_ms: number, 
/** Seconds of flood between them, by position. */
time_in_flood: Array<TimeInFlood>, };

/** How long a position was in flood. */
export type TimeInFlood = { 
/** The position. */
position: string, 
/** Seconds. */
seconds: number, 
/** Of the whole time, percent. */
percent: number, };

/** What one person asked for and another must confirm. */
export type HideAsked = { 
/** `shelve suppress out-of-service`. */
what: string, 
/** When a shelved alarm would come back. */
until_ms: number | null, 
/** Who asks. */
by: string, 
/** Why. */
reason: string, 
/** Since when. */
at_ms: number, 
/** Gone by then, where nobody confirms. */
expires_ms: number, };

/** `POST /alarms/ack`. */
export type AckManyRequest = { 
/** Which, at most 1,000. */
ids: Array<AckOne>, 
/** All alarms of the upset whose first alarm this is. */
group: string | null, };

/** An alarm to be acknowledged. */
export type AckOne = string | { 
/** Alarm id. */
id: string, 
/** `seq` of the alarm as it was on the screen. */
seq: number | null, };

/** Answer for one of many. */
export type Acked = { 
/** Alarm id. */
id: string, 
/** 200, 404 or 409, as if it had been asked for alone. */
status: number, 
/** The alarm now; none where there is no such. */
alarm: Alarm | null, 
/** Why not; empty where it was done. */
detail: string, };

/** Answer to `POST /alarms/ack`. */
export type AckedMany = { 
/** In the order asked. */
items: Array<Acked>, };

/** A thing on the map. */
export type Asset = { 
/** The user's identifier. */
id: string, 
/** For people. */
name: string, 
/** `district-regulator` … */
kind: string, 
/** Area or district. */
area: string, 
/** Degrees east. */
lon: number, 
/** Degrees north. */
lat: number, 
/** Worst annunciated alarm of the asset. */
worst: Worst | null, 
/** Current values; on the websocket empty, values go by `points`. */
values: Array<Value>, 
/** Share of its points whose value is not good: `good`, `uncertain`, `bad` (all bad), for the map. */
quality: string, 
/** Name of its connection. */
connection: string | null, 
/** How far the clock of its source is behind the hub's, negative: ahead; none where the source sends no times. */
clock_offset_ms: number | null, 
/** Free columns of `assets.csv`; only in `GET /assets/{id}`. */
attributes?: Array<[string, string]>, };

/** `GET /assets/{id}`: the asset with its attributes and its alarms that are not normal. */
export type AssetDetail = { 
/** Worst first. */
alarms: Array<Alarm>, 
/** The user's identifier. */
id: string, 
/** For people. */
name: string, 
/** `district-regulator` … */
kind: string, 
/** Area or district. */
area: string, 
/** Degrees east. */
lon: number, 
/** Degrees north. */
lat: number, 
/** Worst annunciated alarm of the asset. */
worst: Worst | null, 
/** Current values; on the websocket empty, values go by `points`. */
values: Array<Value>, 
/** Share of its points whose value is not good: `good`, `uncertain`, `bad` (all bad), for the map. */
quality: string, 
/** Name of its connection. */
connection: string | null, 
/** How far the clock of its source is behind the hub's, negative: ahead; none where the source sends no times. */
clock_offset_ms: number | null, 
/** Free columns of `assets.csv`; only in `GET /assets/{id}`. */
attributes?: Array<[string, string]>, };

/** The worst alarm state of an asset. */
export type Worst = { 
/** `critical high medium low`. */
priority: string, 
/** ISA-18.2 state. */
state: string, };

/** A command to the field now. */
export type Command = { 
/** `cmd-000123`. */
id: string, 
/** Full name, `asset/point`. */
point: string, 
/** What is wanted, in `unit`. */
value: number, 
/** As shown. */
unit: string, 
/** `selected executing verified failed unverified unknown expired cancelled`. */
state: string, 
/** Why, as the person said it. */
reason: string, 
/** User name; nobody else may execute it. */
selected_by: string, 
/** Network address. */
selected_from: string, 
/** When. */
selected_ms: number, 
/** The selection runs out then. */
expires_ms: number, 
/** User name. */
executed_by: string | null, 
/** Network address. */
executed_from: string | null, 
/** When. */
executed_ms: number | null, 
/** `hub`, or who cancelled it. */
finished_by: string | null, 
/** When it came to its final state. */
finished_ms: number | null, 
/** Why it did not do what was wanted: `busy down not-writable too-late reload refused no-answer read-back restart lost`. */
cause: string | null, 
/** For people. */
detail: string, 
/** The value when it was selected, later when it was executed. */
before: number | null, 
/** The value read back, where it is another than the one wanted. */
found: number | null, };

/** `POST /commands`: selects a point and a value. Nothing is sent yet. */
export type CommandRequest = { 
/** Full name, `asset/point`. */
point: string, 
/** In the point's unit. */
value: number, 
/** Why; may be left out. */
reason?: string, };

/** A crew that could go. */
export type Candidate = { 
/** Crew id. */
crew: string, 
/** Straight line, metres. */
distance_m: number, 
/** Travel time, seconds. */
eta_s: number, 
/** `road straight`. */
eta_by: string, 
/** Age of the position used, seconds; null when it counts from the base. */
position_age_s: number | null, 
/** For people. */
reasons: Array<string>, };

/** A crew now. */
export type Crew = { 
/** The user's identifier. */
id: string, 
/** For people. */
name: string, 
/** `off-duty available assigned en-route on-scene busy out-of-contact`. */
status: string, 
/** What it can do. */
skills: Array<string>, 
/** Degrees east: last position, else the base. */
lon: number, 
/** Degrees north. */
lat: number, 
/** Time of the position; none: it counts from the base. */
position_ms: number | null, 
/** Radius of the fix, metres. */
accuracy_m: number | null, 
/** What it is on. */
assignment: string | null, 
/** Telephone. */
phone: string, 
/** Area. */
area: string, 
/** On shift now. */
on_shift: boolean, };

/** A crew that cannot go. */
export type LeftOut = { 
/** Crew id. */
crew: string, 
/** For people. */
reasons: Array<string>, };

/** A telephone's position as it was understood. */
export type PhonePosition = { 
/** The crew. */
crew: string, 
/** Degrees east. */
lon: number, 
/** Degrees north. */
lat: number, 
/** When it was fixed. */
ts_ms: number, 
/** Radius, metres. */
accuracy_m: number | null, 
/** Metres a second. */
speed_ms: number | null, 
/** 0 to 100. */
battery_percent: number | null, };

/** Who could go, nearest first. */
export type Ranking = { 
/** Eligible crews only. */
items: Array<Candidate>, 
/** The others, and why. */
left_out: Array<LeftOut>, };

/** A crew sent to an incident. */
export type Assignment = { 
/** `as-000456`. */
id: string, 
/** Incident id. */
incident: string, 
/** Crew id. */
crew: string, 
/** `offered accepted en-route on-scene made-safe restored complete declined expired cancelled reassigned`. */
state: string, 
/** When the crew was paged. */
offered_ms: number, 
/** The page runs out then. */
accept_by_ms: number, 
/** Step time. */
accepted_ms: number | null, 
/** Step time. */
en_route_ms: number | null, 
/** Step time. */
on_scene_ms: number | null, 
/** Step time. */
made_safe_ms: number | null, 
/** Step time. */
restored_ms: number | null, 
/** Step time. */
completed_ms: number | null, 
/** Travel time at the offer, seconds. */
eta_s: number, 
/** Straight line at the offer, metres. */
distance_m: number, 
/** `road straight`. */
eta_by: string, 
/** Reason of a refusal, or the report. */
report: string, 
/** `minor medium major`. */
size: string | null, 
/** The incident, for the crew's page and MQTT; left out inside an incident. */
incident_detail?: Incident | null, };

/** A deadline. */
export type Clock = { 
/** `turnout arrival hold …` */
name: string, 
/** When it runs out. */
due_ms: number, 
/** When it was met or ended. */
stopped_ms: number | null, 
/** Null while it runs. */
kept: boolean | null, };

/** An incident now. */
export type Incident = { 
/** `i-000123`. */
id: string, 
/** `leak gas-smell …` */
kind: string, 
/** `open dispatched en-route on-scene made-safe restored closed`. */
state: string, 
/** `critical high medium low`. */
priority: string, 
/** One line for people. */
title: string, 
/** Degrees east. */
lon: number, 
/** Degrees north. */
lat: number, 
/** As the caller said it. */
address: string, 
/** Asset id, where an alarm opened it. */
asset: string | null, 
/** Alarm ids. */
alarms: Array<string>, 
/** In order. */
assignments: Array<Assignment>, 
/** When it was opened. */
opened_ms: number, 
/** When it was closed. */
closed_ms: number | null, 
/** Deadlines. */
clocks: Array<Clock>, 
/** Skill a crew needs; empty for any. */
skill: string, 
/** How it ended. */
resolution: string, 
/** No crew is left to page: act. */
no_crew: boolean, 
/** Only in `GET /incidents/{id}`. */
timeline?: Array<TimelineRow> | null, };

/** A line of the timeline. */
export type TimelineRow = { 
/** When. */
ts_ms: number, 
/** User name, or `hub`. */
by: string, 
/** `opened offered accepted …` */
event: string, 
/** For people. */
detail: string, };

/** From the screen: the whole of what it wants now. */
export type ClientMessage = { "type": "subscribe", 
/** Which kinds of things. */
topics: Array<Topic>, 
/** West, south, east, north: assets and crews inside only. */
viewport: [number, number, number, number] | null, 
/** Points by glob, `rs-0042/*`. */
points: Array<string>, };

/** What is no longer in the subscription: alarms that are normal again, incidents closed, crews and assets out of view. */
export type Removed = { 
/** Ids. */
alarms?: Array<string>, 
/** Ids. */
incidents?: Array<string>, 
/** Ids. */
crews?: Array<string>, 
/** Ids. */
assets?: Array<string>, };

/** To the screen. */
export type ServerMessage = { "type": "snapshot", 
/** 1 for the first, +1 for every message of this connection. */
seq: number, 
/** Hub time. */
ts_ms: number, 
/** If asked for. */
alarms: Array<Alarm>, 
/** If asked for. */
incidents: Array<Incident>, 
/** If asked for. */
crews: Array<Crew>, 
/** If asked for. */
assets: Array<Asset>, 
/** If asked for. */
values: Array<Value>, 
/** If asked for; left out when empty. */
commands?: Array<Command>, 
/** Alarm floods that go on; with topic `alarms`. */
floods?: Array<Flood>, } | { "type": "delta", 
/** +1 for every message of this connection. */
seq: number, 
/** Hub time. */
ts_ms: number, 
/** Left out when empty. */
alarms?: Array<Alarm>, 
/** Left out when empty. */
incidents?: Array<Incident>, 
/** Left out when empty. */
crews?: Array<Crew>, 
/** Left out when empty. */
assets?: Array<Asset>, 
/** Left out when empty. */
values?: Array<ValueRow>, 
/** Points of which more than the value changed, such as an alarm limit, as a snapshot has them; left out when empty. */
points?: Array<Value>, 
/** Left out when empty. */
commands?: Array<Command>, 
/** All alarm floods that go on; left out when nothing about them changed. */
floods?: Array<Flood> | null, 
/** Left out when empty. */
removed?: Removed | null, } | { "type": "error", 
/** +1 for every message of this connection. */
seq: number, 
/** For people. */
detail: string, };

/** What a screen can follow. */
export type Topic = "alarms" | "incidents" | "crews" | "assets" | "commands";

/** `[point, value, quality, ts_ms]`. */
export type ValueRow = [string, number | null, string, number];

/** A page of a list. */
export type Page<T> = { 
/** The items. */
items: Array<T>, 
/** Give it back as `cursor` for the next page; null on the last. */
next_cursor: string | null, };

/** What is wrong with a field. */
export type FieldError = { 
/** Name of the field; with a site folder `file:line:column`. */
field: string, 
/** What was expected. */
detail: string, };

/** `application/problem+json`. */
export type Problem = { 
/** `about:blank`: the status says what kind it is. */
type: string, 
/** The status in words. */
title: string, 
/** HTTP status. */
status: number, 
/** For a person who wants to act on it. */
detail: string, 
/** What is wrong with the request, field by field. */
errors?: Array<FieldError>, 
/** With 409: the state the thing is in. */
state?: string | null, 
/** With 409 about an alarm: the number of its transitions so far, to ask again with. */
seq?: number | null, };

/** `POST /alarms/{id}/ack`; the body may be left out. */
export type AckRequest = { 
/** The alarm's `seq` as it was on the screen: a click on an alarm that has moved since is refused. */
seq?: number, };

/** `POST /alarms/{id}/shelve`. */
export type ShelveRequest = { 
/** For how long; the site sets the most by priority. */
minutes: number, 
/** Why; not empty. */
reason: string, 
/** As in [`AckRequest`]. */
seq?: number, };

/** `POST /alarms/{id}/suppress`, `/out-of-service`. */
export type HideRequest = { 
/** Why: the rule, the work permit; not empty. */
reason: string, 
/** As in [`AckRequest`]. */
seq?: number, };

/** A value that a person entered, or what was done with a substitute. */
export type Entry = { 
/** Running number. */
id: number, 
/** Full name, `asset/point`. */
point: string, 
/** `value reset substitute unsubstitute expired`. */
kind: string, 
/** What was entered; at the end of a substitute the value that shows again. */
value: number | null, 
/** When the value holds from. */
value_ms: number, 
/** When the substitute ends by itself. */
until_ms: number | null, 
/** Why. */
reason: string, 
/** User name; `hub` where a substitute ran out. */
actor: string, 
/** Network address. */
address: string | null, 
/** When it was done. */
ts_ms: number, };

/** Samples that are missing in history, because the queue on the hub's disk was full while the database was away. */
export type Gap = { 
/** Running number. */
id: number, 
/** Source time of the earliest. */
from_ms: number, 
/** Source time of the latest. */
to_ms: number, 
/** How many. */
samples: number, };

/** What was done with an account or a token. */
export type Audited = { 
/** Running number. */
id: number, 
/** When. */
ts_ms: number, 
/** `user-add token-create remove`. */
action: string, 
/** Of the account or token. */
name: string, };

/** `POST /points/{asset}/{point}/value`. */
export type EnterRequest = { 
/** In the point's unit. */
value: number, 
/** Why. */
reason: string, 
/** When it holds from; left out: now. */
ts_ms?: number, };

/** Who put a value in place of the measured one. */
export type SubstituteInfo = { 
/** User name. */
by: string, 
/** Why. */
reason: string, 
/** Since when. */
since_ms: number, 
/** When it ends by itself. */
until_ms: number | null, };

/** `POST /points/{asset}/{point}/substitute`. */
export type SubstituteRequest = { 
/** In the point's unit. */
value: number, 
/** Why. */
reason: string, 
/** Ends by itself after so long; left out: stands until somebody ends it. */
minutes?: number, };

/** `POST /points/{asset}/{point}/unsubstitute`; the body may be left out. */
export type UnsubstituteRequest = { 
/** Why; may be empty. */
reason?: string, };

/** `POST /incidents/{id}/close`. */
export type CloseRequest = { 
/** How it ended. */
resolution: string, };

/** `POST /assignments/{id}/complete`. */
export type CompleteRequest = { 
/** What was done. */
report: string, 
/** `minor medium major`. */
size?: string, };

/** `POST /assignments/{id}/decline`. */
export type DeclineRequest = { 
/** Why the crew cannot come. */
reason: string, };

/** `POST /incidents/{id}/dispatch`. */
export type DispatchRequest = { 
/** Crew id. */
crew: string, };

/** `POST /login`. */
export type Login = { 
/** User name. */
user: string, 
/** In clear; never logged. */
password: string, };

/** `POST /incidents/{id}/merge`. */
export type MergeRequest = { 
/** The incident that goes on. */
into: string, };

/** `POST /incidents`: a hotline call. */
export type NewIncident = { 
/** `leak gas-smell no-gas low-pressure fire third-party-damage cold-room equipment communication complaint
 * serious-complaint other`. */
kind: string, 
/** Degrees east. */
lon: number, 
/** Degrees north. */
lat: number, 
/** As the caller says it. */
address: string, 
/** Name or number of the caller. */
caller: string, 
/** Free text. */
note: string, };

/** `POST /incidents/{id}/note`. */
export type NoteRequest = { 
/** The line for the timeline. */
text: string, };

/** `POST /crews/{id}/position`. */
export type PositionRequest = { 
/** Degrees east. */
lon: number, 
/** Degrees north. */
lat: number, 
/** When the receiver fixed it; left out: now. */
ts_ms?: number, 
/** Radius of the fix, metres. */
accuracy_m?: number, };

/** `POST /crews/{id}/status`. */
export type StatusRequest = { 
/** `available en-route on-scene busy off-duty`. */
status: string, };

/** Answer to `POST /site/reload`: what is different now, as `asset rs-0042`, `crew c-07`, `connection rtu-north` …. */
export type SiteDifference = { 
/** New. */
added: Array<string>, 
/** Gone. */
removed: Array<string>, 
/** Still there, but other than before. */
changed: Array<string>, };

/** `GET /readyz`. */
export type Ready = { 
/** The hub takes work: its store answers and its engine runs. A silent device link does not make it unready. */
ready: boolean, 
/** What is in the way; for people. */
reasons: Array<string>, 
/** The database and its queue. */
store: StoreState, 
/** Links to the field, each with its state. */
connections: Array<Connection>, };

/** The database and its queue. */
export type StoreState = { 
/** The database answers. */
up: boolean, 
/** `sqlite postgres timescaledb`. */
kind: string, 
/** Age of the oldest thing the database has not got yet, milliseconds. */
behind_ms: number, 
/** Bytes that wait on disk for the database. */
spool_bytes: number, 
/** Samples lost since the start because the disk queue was full. */
lost_samples: number, 
/** Why it is not up; for people. */
detail: string, };

/** A link to the field. */
export type Connection = { 
/** The user's identifier. */
name: string, 
/** `modbus-tcp modbus-rtu-tcp modbus-rtu mqtt`. */
protocol: string, 
/** `connecting connected waiting disabled`. */
state: string, 
/** Since when. */
since_ms: number, 
/** Why it is not connected. */
detail: string, 
/** Answered requests or messages since the start. */
received: number, 
/** Failed requests or refused messages since the start. */
errors: number, 
/** Polls that were skipped because the one before had not ended. */
missed: number, 
/** Last good answer or message. */
last_good_ms: number | null, 
/** Assets on it. */
assets: number, 
/** Of them, how many answer. */
assets_up: number, 
/** Values that gave way to newer ones because their source sends more than it may. */
conflated: number, 
/** The sources with the most of them. */
limited: Array<Limited>, 
/** Register addresses that devices refuse, the first of many. */
holes: Array<Hole>, };

/** Register addresses of a unit that are read around. */
export type Hole = { 
/** Unit id. */
unit: number, 
/** `coil discrete input holding`. */
table: string, 
/** The first address on the wire. */
first: number, 
/** One past the last; the same as the first where reads just may not go over it. */
end: number, 
/** A point stands there and cannot be read; else it lies between points. */
refused: boolean, 
/** Tried again then. */
until_ms: number, };

/** A source that sends more than it may. */
export type Limited = { 
/** Asset id; `crew:ID`. */
source: string, 
/** Values that gave way to newer ones since the start. */
values: number, };

/** How many messages of a topic could not be read. */
export type DeadTopic = { 
/** Connection they came by. */
connection: string, 
/** MQTT topic; `…` for those beyond the first thousand. */
topic: string, 
/** How many since the start. */
count: number, 
/** The last one. */
last_ms: number, 
/** Why it was refused. */
reason: string, };

/** How many of each the site has. */
export type Counts = { 
/** Stations, regulators, …. */
assets: number, 
/** Points. */
points: number, 
/** Alarms. */
alarms: number, 
/** Crews. */
crews: number, 
/** Pipes. */
pipes: number, 
/** Customers. */
customers: number, };

/** Minutes, by priority. */
export type ShelveMax = { 
/** Minutes. */
critical: number, 
/** Minutes. */
high: number, 
/** Minutes. */
medium: number, 
/** Minutes. */
low: number, };

/** Input that could not be read. */
export type DeadLetter = { 
/** Running number. */
id: number, 
/** Arrival. */
ts_ms: number, 
/** Connection it came by. */
connection: string, 
/** MQTT topic, or where it came from. */
topic: string, 
/** The first 1,024 bytes, as text; bytes that are not text as `\\xNN`. */
payload: string, 
/** Why it was refused. */
reason: string, };

/** Who I am. */
export type Me = { 
/** User name. */
user: string, 
/** `viewer crew operator dispatcher engineer admin`; `ingest` for programs. */
role: string, 
/** The crew a crew account is bound to. */
crew: string | null, };

/** A scenario of the demo. */
export type Scenario = { 
/** Used in the path. */
name: string, 
/** One line, English. */
title: string, 
/** One line, Chinese. */
title_zh: string, 
/** What to watch for, English. */
detail: string, };

/** Answer to `POST /demo/scenarios/{name}`. */
export type ScenarioStarted = { 
/** Which. */
name: string, 
/** What happens now, and where to look. */
detail: string, };

/** The site. */
export type Site = { 
/** Its name. */
name: string, 
/** IANA name. */
timezone: string, 
/** `en` or `zh-CN`. */
language: string, 
/** West, south, east, north. */
bounds: [number, number, number, number], 
/** How many of each. */
counts: Counts, 
/** The demo's scenarios may be started. */
demo: boolean, 
/** Version of the hub. */
version: string, 
/** Links to the field. */
connections: Array<Connection>, 
/** Deadlines the screens show: accept, turnout, arrival, hold, in seconds. */
accept_s: number, 
/** Seconds. */
turnout_s: number, 
/** Seconds. */
arrival_s: number, 
/** Longest time an alarm may be shelved. */
shelve_max: ShelveMax, 
/** Operator positions: an alarm belongs to the first that takes it. At least one. */
positions: Array<Position>, };

/** `GET /history`. */
export type History = { 
/** From, inclusive. */
from_ms: number, 
/** To, exclusive. */
to_ms: number, 
/** `raw minute hour reduced`; of spans that were asked for, the finest that their length allows. */
resolution: string, 
/** What each row tells of its span, where spans were asked for: `mean min max first last count integral`. */
aggregate?: string, 
/** Length of each span, where spans were asked for: `15m`, `1h`, `1d`. */
every?: string, 
/** Spans in which samples were lost, `[from, to]`, both inclusive, milliseconds. */
gaps: Array<[number, number]>, 
/** One a point, in the order asked. */
series: Array<Series>, 
/** How far the history may be behind the present, milliseconds; 0 when current. */
behind_ms: number, };

/** `[ts_ms, value, quality]`; value null where it was not a number. */
export type HistoryRow = [number, number | null, string];

/** `POST /samples`. */
export type SampleIn = { 
/** Full name, `asset/point`. */
point: string, 
/** Left out: time of arrival. */
ts_ms: number | null, 
/** In the point's unit, or true or false for 1 or 0; may be null where the quality is bad. */
value: number | boolean | null, 
/** Left out: good. */
quality: string | null, };

/** A sample that was not taken. */
export type SampleRefused = { 
/** Position in the request, from 0. */
index: number, 
/** As sent. */
point: string, 
/** Why. */
reason: string, };

/** Answer to `POST /samples`. */
export type SamplesResult = { 
/** Durable now. */
accepted: number, 
/** How many were not taken. */
refused: number, 
/** Each with its reason. */
refusals: Array<SampleRefused>, };

/** One point's history. */
export type Series = { 
/** Full name. */
point: string, 
/** As shown. */
unit: string, 
/** Ascending by time. */
rows: Array<HistoryRow>, };

/** A point's current value. */
export type Value = { 
/** Full name, `asset/point`. */
point: string, 
/** None where nothing usable is known. */
value: number | null, 
/** As shown. */
unit: string, 
/** `good uncertain bad`. */
quality: string, 
/** Why it is not good. */
reason: string | null, 
/** The OPC UA status code of quality and reason. */
status_code: number, 
/** What the number means where the point has words for it, or the text a text point holds; absent otherwise. */
text?: string, 
/** Source time. */
ts_ms: number | null, 
/** Arrival at the hub. */
received_ms: number | null, 
/** Plausible range of the point, for bars. */
range: [number, number] | null, 
/** Alarm limits of the point, by kind, for bars. */
limits: Array<[string, number]>, 
/** Commands may go to it. */
writable: boolean, 
/** What whole numbers mean, for a point that has words for them. */
states?: Array<[number, string]>, 
/** How the point is written by hand: `enter` a value, `reset` a total; absent where it has a source of its own. */
entry?: string, 
/** The value stands in place of the measured one. */
substitute?: SubstituteInfo, };

/** How an unknown metric could be taken into the site folder. */
export type Suggested = { 
/** Id of the asset. */
asset: string, 
/** Whether the site has that asset already. */
asset_known: boolean, 
/** Name of the point; empty: a value of this datatype cannot be a point. */
point: string, 
/** For `hub.toml`, ready to paste; empty where there is no point. */
template_point: string, 
/** A row for `assets.csv` (`id,name,kind,template,connection,…`) without its position; empty where the asset exists. */
asset_row: string, };

/** A metric of an edge node that is no point of the site. */
export type UnknownMetric = { 
/** Connection it came by. */
connection: string, 
/** Sparkplug group id. */
group: string, 
/** Edge node id. */
node: string, 
/** Device id; null: a metric of the edge node itself. */
device: string | null, 
/** Name of the metric. */
metric: string, 
/** Datatype, in the specification's word. */
datatype: string, 
/** Its value at the birth, as text. */
last: string, 
/** Time of that value. */
ts_ms: number, 
/** What it could be in the site folder. */
suggested: Suggested, };
