import { Converter } from 'opencc-js/t2cn';

const simplify = Converter({ from: 't', to: 'cn' });

/**
 * Chinese has no spaces and most of its words have two characters, which SQLite's trigrams never find. So a run of Han
 * characters becomes its overlapping pairs (and its last character alone), everything else its words; traditional characters
 * become simplified ones first, on both sides.
 */
export function searchTokens(text: string): string[] {
  return runs(text).flatMap(run => {
    if (!isHan(run)) return [run];
    const chars = [...run];
    return chars.map((char, index) => char + (chars[index + 1] ?? ''));
  });
}

/** The same text as an FTS5 query: all words must be there, a run of Han characters as a phrase. Null where there is none. */
export function searchQuery(text: string): string | null {
  const phrases = runs(text).map(run => {
    if (!isHan(run)) return `"${run}"*`;
    const chars = [...run];
    if (chars.length === 1) return `"${run}"*`;
    return `"${chars
      .slice(0, -1)
      .map((char, index) => char + chars[index + 1]!)
      .join(' ')}"`;
  });
  return phrases.length > 0 ? phrases.join(' AND ') : null;
}

function runs(text: string): string[] {
  return (
    simplify(text.normalize('NFKC'))
      .toLowerCase()
      .match(/\p{Script=Han}+|[\p{L}\p{N}]+?(?=\p{Script=Han}|[^\p{L}\p{N}]|$)/gu) ?? []
  );
}

function isHan(run: string): boolean {
  return /^\p{Script=Han}/u.test(run);
}
