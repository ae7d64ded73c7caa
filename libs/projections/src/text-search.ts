import { Converter } from 'opencc-js/t2cn';

const simplify = Converter({ from: 't', to: 'cn' });

/**
 * Chinese has no spaces and most of its words have two characters, which SQLite's trigrams never find. So a run of Han
 * characters becomes its overlapping pairs (and its last character alone), everything else its words; traditional characters
 * become simplified ones first, on both sides. The tokens are parted by blanks: as one string they are made several times as fast.
 */
export function searchTokens(text: string): string {
  let tokens = '';
  for (const run of searchRuns(text)) {
    if (tokens !== '') tokens += ' ';
    let before = '';
    if (isHan(run)) {
      for (const char of run) {
        if (before !== '') tokens += `${before}${char} `;
        before = char;
      }
    }
    tokens += before || run;
  }
  return tokens;
}

/**
 * What must all be there for a text to be found: a word that begins so, also a Han character alone; or a phrase, of which
 * the pairs of characters stand one after another.
 */
export type Sought = { beginning: string } | { phrase: string; pairs: string[] };

export function soughtIn(text: string): Sought[] {
  return searchRuns(text).map(run => {
    const chars = [...run];
    if (!isHan(run) || chars.length === 1) return { beginning: run };
    return { phrase: run, pairs: chars.slice(0, -1).map((char, index) => char + chars[index + 1]!) };
  });
}

/** The same as an FTS5 query. Null where there is nothing to look for. */
export function searchQuery(text: string): string | null {
  const sought = soughtIn(text).map(one => ('beginning' in one ? `"${one.beginning}"*` : `"${one.pairs.join(' ')}"`));
  return sought.length > 0 ? sought.join(' AND ') : null;
}

/** Words, and runs of Han characters, simplified and in lower case. */
export function searchRuns(text: string): string[] {
  return (
    simplify(text.normalize('NFKC'))
      .toLowerCase()
      .match(/\p{Script=Han}+|[\p{L}\p{N}]+?(?=\p{Script=Han}|[^\p{L}\p{N}]|$)/gu) ?? []
  );
}

function isHan(run: string): boolean {
  return /^\p{Script=Han}/u.test(run);
}
