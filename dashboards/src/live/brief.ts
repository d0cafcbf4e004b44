import type { Alarm } from '../gen/wire';

/** What a brief alarm leaves out, because there is nothing to say or because it is asked for when the alarm is chosen. */
const NOTHING: Partial<Alarm> = Object.freeze({
  value: null,
  limit: null,
  raised_ms: null,
  acked_ms: null,
  acked_by: null,
  cleared_ms: null,
  shelved_until_ms: null,
  hidden: [],
  assignee: null,
  comments: 0,
  comment: null,
  message: '',
  incident: null,
  class: '',
  chattering: false,
  fleeting: false,
  activations: 0,
  group: null,
  first_out: false,
  request: null,
  expiring: false,
  cause: '',
  consequence: '',
  action: '',
  respond_within_s: null,
  evidence: null,
});

/** The alarm as the socket said it, with what it left out; one object for all of them stands behind, so that this costs no memory. */
export function complete(alarm: Alarm): Alarm {
  return Object.setPrototypeOf(alarm, NOTHING) as Alarm;
}
