export const json = ['--json', '以 JSON 输出 / as JSON'] as const;

type Verb = (...given: never[]) => Promise<void>;

/** A verb's modules are loaded when it is asked for: the rooms' are many, and most verbs need none. */
export const from =
  <N extends string>(load: () => Promise<Record<N, Verb>>, name: N) =>
  async (...given: unknown[]) =>
    (await load())[name](...(given as never[]));
