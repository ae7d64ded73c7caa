export interface Chance {
  /** In [0, 1). */
  part(): number;
  whole(least: number, most: number): number;
  hex(digits: number): string;
}

/** Mulberry32: the same numbers for the same seed, everywhere. */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  function part(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
  return {
    part,
    whole: (least, most) => least + Math.floor(part() * (most - least + 1)),
    hex(digits) {
      let text = '';
      while (text.length < digits)
        text += Math.floor(part() * 0x1_0000_0000)
          .toString(16)
          .padStart(8, '0');
      return text.slice(0, digits);
    },
  };
}
