/** One measured number. `aim` says what it is held against; where none is stated, `aim` and `met` are null. */
export interface Figure {
  figure: string;
  /** Null where it could not be measured; `note` says why. */
  value: number | null;
  unit: string;
  baseline: number | null;
  /** Value over baseline. */
  ratio: number | null;
  aim: string | null;
  met: boolean | null;
  /** What the baseline is, or what else one has to know. */
  note: string | null;
}

interface Measured {
  figure: string;
  value: number;
  unit: string;
  baseline?: number;
  /** Where both were measured in pairs: the median of the pairs' own. */
  ratio?: number;
  note?: string;
}

export type Aim = { of: 'value' | 'ratio' } & ({ atLeast: number } | { atMost: number } | { below: number });

export function figureOf({ figure, value, unit, baseline, note, ...more }: Measured, aim?: Aim): Figure {
  const ratio = baseline === undefined ? null : (more.ratio ?? value / baseline);
  const judged = aim?.of === 'ratio' ? (ratio ?? NaN) : value;
  return {
    figure,
    value: rounded(value),
    unit,
    baseline: baseline === undefined ? null : rounded(baseline),
    ratio: ratio === null ? null : rounded(ratio),
    aim: aim ? aimText(aim) : null,
    met: aim ? isMet(aim, judged) : null,
    note: note ?? null,
  };
}

/** A row that says why it has no number. */
export function notMeasured({ figure, unit, why }: { figure: string; unit: string; why: string }, aim?: Aim): Figure {
  return { figure, value: null, unit, baseline: null, ratio: null, aim: aim ? aimText(aim) : null, met: null, note: why };
}

function isMet(aim: Aim, judged: number): boolean {
  if ('atLeast' in aim) return judged >= aim.atLeast;
  return 'atMost' in aim ? judged <= aim.atMost : judged < aim.below;
}

function aimText(aim: Aim): string {
  if ('atLeast' in aim) return `${aim.of} >= ${aim.atLeast}`;
  return `${aim.of} ${'atMost' in aim ? `<= ${aim.atMost}` : `< ${aim.below}`}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? NaN;
}

function rounded(value: number): number {
  if (value >= 1000) return Math.round(value);
  return Number(value.toFixed(value >= 10 ? 1 : 3));
}
