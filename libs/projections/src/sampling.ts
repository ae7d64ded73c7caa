/** Some of many, the same ones for the same seed, in whatever order and however often they are offered. */
export interface Sample {
  offer(value: string): void;
  readonly values: ReadonlySet<string>;
}

/** Keeps the `size` values with the lowest hashes: each distinct value is as likely as any other, however often it comes. */
export function sampleOf(size: number, seed: number): Sample {
  const kept = new Map<string, number>();
  let highest = -1;
  return {
    offer(value) {
      const hash = hashOf(value, seed);
      if ((kept.size >= size && hash >= highest) || kept.has(value)) return;
      kept.set(value, hash);
      if (kept.size > size) {
        for (const [known, its] of kept)
          if (its === highest) {
            kept.delete(known);
            break;
          }
      }
      highest = Math.max(...kept.values());
    },
    get values() {
      return new Set(kept.keys());
    },
  };
}

/** FNV-1a over the code units, its low bits mixed with the high ones. */
function hashOf(value: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < value.length; index++) hash = Math.imul(hash ^ value.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
