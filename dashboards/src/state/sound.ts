import { rankOf, type Rank } from '../lib/priority';

/** Two notes a priority, Hz; the worse, the higher and the longer. */
const TONES: Record<Rank, { notes: number[]; times: number; note_s: number }> = {
  1: { notes: [988, 784], times: 3, note_s: 0.16 },
  2: { notes: [784, 659], times: 2, note_s: 0.16 },
  3: { notes: [587], times: 2, note_s: 0.14 },
  4: { notes: [440], times: 1, note_s: 0.14 },
};

/** Silence after a tone before the next of the same kind, s. */
const PAUSE_S = 0.6;

let context: AudioContext | null = null;

/** Browsers sound only after a touch or a key. */
export function allowSound(): void {
  const wake = (): void => {
    context ??= new AudioContext();
    void context.resume();
  };
  window.addEventListener('pointerdown', wake);
  window.addEventListener('keydown', wake);
}

/** May it sound already? */
export function canSound(): boolean {
  return context !== null && context.state === 'running';
}

function note(at: number, hz: number, length_s: number, gain: number): void {
  if (context === null) return;
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.type = 'triangle';
  oscillator.frequency.value = hz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(gain, at + 0.01);
  volume.gain.setValueAtTime(gain, at + length_s - 0.03);
  volume.gain.linearRampToValueAtTime(0, at + length_s);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length_s);
}

/** What sounds, and until when. */
let sounding = { rank: 4, until: 0 };

/** The tone of a priority, once; in a storm the next waits for the end of this one, unless it is of a worse alarm. */
export function sound(priority: string, gain = 0.18): void {
  if (context === null || context.state !== 'running') return;
  const rank = rankOf(priority);
  if (context.currentTime < sounding.until && rank >= sounding.rank) return;
  const { notes, times, note_s } = TONES[rank];
  let at = context.currentTime + 0.02;
  sounding = { rank, until: at + times * (notes.length * note_s + 0.12) + PAUSE_S };
  for (let i = 0; i < times; i += 1) {
    for (const hz of notes) {
      note(at, hz, note_s, gain);
      at += note_s;
    }
    at += 0.12;
  }
}

/** A page to a crew: loud, two seconds, and the phone shakes. */
export function page(): void {
  navigator.vibrate?.([400, 150, 400, 150, 800]);
  if (context === null || context.state !== 'running') return;
  let at = context.currentTime + 0.02;
  for (let i = 0; i < 8; i += 1) {
    note(at, i % 2 === 0 ? 1047 : 1319, 0.22, 0.7);
    at += 0.25;
  }
}
