/** The colours of the theme, for what is drawn outside of CSS. */
export interface Palette {
  bg: string;
  raised: string;
  text: string;
  dim: string;
  line: string;
  ok: string;
  water: string;
  green: string;
  road: string;
  pipeH: string;
  pipeM: string;
  pipeL: string;
  ink: string;
  bad: string;
  /** By rank − 1. */
  priorities: [string, string, string, string];
  font: string;
}

export function palette(): Palette {
  const css = getComputedStyle(document.documentElement);
  const v = (name: string): string => css.getPropertyValue(name).trim();
  return {
    bg: v('--bg'), raised: v('--raised'), text: v('--text'), dim: v('--dim'), line: v('--line'), ok: v('--ok'),
    water: v('--water'), green: v('--green'), road: v('--road'),
    pipeH: v('--pipe-h'), pipeM: v('--pipe-m'), pipeL: v('--pipe-l'),
    ink: v('--ink'), bad: v('--bad'),
    priorities: [v('--p1'), v('--p2'), v('--p3'), v('--p4')],
    font: v('--font'),
  };
}
