/** A share of the log for one of several who read it together: the events whose stream falls to it. */
export interface Part {
  /** From 0. */
  part: number;
  of: number;
}

const factor = 40_503;
const shift = 2 ** 16;

/**
 * The part to which a key falls, for ever. By its last three characters, which differ most (ids end in chance), multiplied so that
 * the bits kept depend on all of them: an engine can evaluate it while it reads, see `partSql`.
 */
export function partOf(key: string, of: number): number {
  if (of === 1) return 0;
  const last = key.length - 1;
  let hash = 0;
  for (let back = 0, weight = 1; back < 3 && back <= last; back++, weight *= 128) hash += key.charCodeAt(last - back) * weight;
  return Math.floor((hash * factor) / shift) % of;
}

/** `partOf` of a column of stream names, in SQLite's words; one parameter, `of`. Stream names are ASCII and longer than three. */
export function partSql(column: string): string {
  const code = (back: number) => `unicode(substr(${column}, -${back}, 1))`;
  return `((${code(1)} + ${code(2)} * 128 + ${code(3)} * 16384) * ${factor} / ${shift}) % ?`;
}
