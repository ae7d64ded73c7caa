import {
  type Ask,
  isRefusal,
  type Operation,
  personalFields,
  refuse,
  type Refusal,
  type Reply,
  type SealingKey,
} from '#contracts';
import { newSealingSecret, seal, type Unsealer, unsealerOf } from '#privacy';

/*
 * Personal data on the bus, both sides of it: fields marked personal travel sealed to the room, and an answer that holds
 * personal data sealed to whoever asked. Who reads the bus, its log or its capture, reads neither.
 */

export type Asked = Pick<Operation, 'subject'> & Partial<Pick<Operation, 'input' | 'personalAnswer'>>;

/** What stands in the seal: bound to its command, so that it cannot be put into another. */
interface Sealed {
  operation: string;
  commandId: string | null;
  fields: Record<string, unknown>;
}

export function personalOf({ input }: Pick<Asked, 'input'>): string[] {
  return input ? personalFields({ data: input }) : [];
}

export function needsSealing(operation: Asked, { input }: Ask): boolean {
  return operation.personalAnswer === true || personalOf(operation).some(name => fieldsOf(input)[name] !== undefined);
}

/** The ask as it may travel, and how its reply is opened. */
export async function sealAsk(
  operation: Asked,
  ask: Ask,
  room: SealingKey,
): Promise<{ ask: Ask; open<T>(reply: Reply<T>): Promise<Reply<T>> }> {
  const personal = personalOf(operation);
  const entries = Object.entries(fieldsOf(ask.input));
  const fields = Object.fromEntries(entries.filter(([name]) => personal.includes(name)));
  const sealed: Sealed = { operation: operation.subject, commandId: ask.commandId ?? null, fields };
  const unsealer = operation.personalAnswer ? await unsealerOf(newSealingSecret()) : undefined;
  return {
    ask: {
      ...ask,
      input: Object.fromEntries(entries.filter(([name]) => !personal.includes(name))),
      ...(Object.keys(fields).length === 0 ? {} : { sealed: await seal(room, sealed) }),
      ...(unsealer ? { answerTo: unsealer.key } : {}),
    },
    async open<T>(reply: Reply<T>): Promise<Reply<T>> {
      if (isRefusal(reply) || !unsealer) return reply;
      return { ok: (await unsealer.open((reply.ok as { sealed: string }).sealed)) as T };
    },
  };
}

/** The whole input, as it was asked. Personal data that came in the open is refused: someone forgot the seal. */
export async function openAsk(operation: Asked, ask: Ask, unsealer: () => Promise<Unsealer>): Promise<unknown> {
  const personal = personalOf(operation);
  if (personal.some(name => fieldsOf(ask.input)[name] !== undefined)) return unsealed();
  if (operation.personalAnswer && !ask.answerTo) return unsealed();
  if (ask.sealed === undefined) return ask.input;
  let opened: Sealed | null;
  try {
    opened = (await (await unsealer()).open(ask.sealed)) as Sealed | null;
  } catch {
    return unsealed();
  }
  if (opened === null) return sealingKeyUnknown();
  if (opened.operation !== operation.subject || opened.commandId !== (ask.commandId ?? null)) return unsealed();
  return { ...fieldsOf(ask.input), ...opened.fields };
}

export async function sealAnswer<T>({ personalAnswer }: Asked, { answerTo }: Ask, answer: T): Promise<T> {
  return personalAnswer ? ({ sealed: await seal(answerTo!, answer) } as T) : answer;
}

function fieldsOf(input: unknown): Record<string, unknown> {
  return typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
}

function unsealed(): Refusal {
  return refuse('invalid', 'not-sealed', {
    zh: '个人信息须加密传送，请经接口提交。',
    en: 'Personal data travels sealed; ask through the API.',
  });
}

/** The room was given other keys since: ask for its new one, and seal again. */
function sealingKeyUnknown(): Refusal {
  return refuse('unready', 'sealing-key-unknown', {
    zh: '加密所用的公钥已更换，请重试。',
    en: 'It was sealed for a key that is no longer there; try again.',
  });
}
