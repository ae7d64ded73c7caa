export interface Chance {
  whole(least: number, most: number): number;
  of<T>(from: readonly T[]): T;
}

/** Mulberry32: the same plan for the same seed, everywhere. */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  function whole(least: number, most: number): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return least + Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * (most - least + 1));
  }
  return { whole, of: from => from[whole(0, from.length - 1)]! };
}
