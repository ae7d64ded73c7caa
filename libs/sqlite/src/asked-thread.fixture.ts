import { answerAsks } from './answer-asks.js';

export type Asked = { give: unknown; afterMs?: number } | { fail: string } | { die: true };

/** Answers what the spec of `AskedThread` asks. */
answerAsks<Asked>(
  async ask => {
    if ('die' in ask) process.exit(3);
    if ('fail' in ask) throw Object.assign(new RangeError(ask.fail), { errcode: 11 });
    await new Promise(resolve => setTimeout(resolve, ask.afterMs ?? 0));
    return ask.give;
  },
  () => {},
);
