// A small seeded generator (mulberry32), one stream per file, so that editing one file's rules leaves the others as they are.
export function stream(seed) {
  let state = [...seed].reduce((hash, c) => Math.imul(hash ^ c.codePointAt(0), 16777619) >>> 0, 2166136261);
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (from, to) => from + Math.floor(next() * (to - from + 1));
  const pick = list => list[int(0, list.length - 1)];
  const shuffle = list => {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = int(0, i);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  };
  return { int, pick, shuffle, take: (list, n) => shuffle(list).slice(0, n) };
}
export const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
