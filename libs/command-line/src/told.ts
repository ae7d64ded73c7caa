type Found = readonly (string | undefined)[];
interface Sentence {
  said: RegExp;
  zh: (...found: Found) => string;
  /** Where it is not what the library said. */
  en?: (...found: Found) => string;
}

const near = /(?:\n\(Did you mean (?:one of )?(.+)\?\))?$/s;
const ending = (suggested: string | undefined) => (suggested === undefined ? '。' : `，是不是 ${suggested}？`);

/** Names and flags are ours and hold no quote; what was typed may hold anything. */
const sentences: readonly Sentence[] = [
  { said: /^missing required argument '([^']+)'$/, zh: name => `缺少参数 ${name}。` },
  { said: /^option '([^']+)' argument missing$/, zh: flags => `选项 ${flags} 缺少它的值。` },
  { said: /^required option '([^']+)' not specified$/, zh: flags => `必须写明 ${flags}。` },
  // Why it is not right is ours, and in both languages.
  {
    said: /^(option '([^']+)' argument '(.*)' is invalid\.) (.+) \/ (.+)$/s,
    zh: (_, flags, value, why) => `选项 ${flags} 的值“${value}”不对：${why}。`,
    en: (head, _flags, _value, _zh, why) => `${head} ${why}`,
  },
  {
    said: /^(command-argument value '(.*)' is invalid for argument '([^']+)'\.) (.+) \/ (.+)$/s,
    zh: (_, value, name, why) => `参数 ${name} 的值“${value}”不对：${why}。`,
    en: (head, _value, _name, _zh, why) => `${head} ${why}`,
  },
  {
    said: new RegExp(`^unknown option '(.*)'${near.source}`, 's'),
    zh: (option, suggested) => `没有选项“${option}”${ending(suggested)}`,
  },
  {
    said: new RegExp(`^unknown command '(.*)'${near.source}`, 's'),
    zh: (command, suggested) => `没有命令“${command}”${ending(suggested)}`,
  },
  {
    said: /^too many arguments(?: for '([^']+)')?\. Expected (\d+) arguments? but got (\d+)\.$/,
    zh: (command, most, got) => `${command === undefined ? '' : `${command} 的`}参数多了：至多 ${most} 个，写了 ${got} 个。`,
  },
];

/** One line: Chinese, then the library's own English; in English alone where it says something that is not among them. */
export function told(error: string): string {
  const said = error.replace(/^error: /, '').replace(/\n$/, '');
  for (const { said: pattern, zh, en } of sentences) {
    const found = pattern.exec(said)?.slice(1);
    if (found) return onOneLine(`${zh(...found)} / ${en ? en(...found) : said}`);
  }
  return onOneLine(said);
}

/** What was typed is shown as it was, but for what a terminal would act upon. */
function onOneLine(text: string): string {
  return text
    .replace(/\n\(Did you mean (.+)\?\)$/, ' (Did you mean $1?)')
    .replace(/[\p{Cc}\u2028\u2029]/gu, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
