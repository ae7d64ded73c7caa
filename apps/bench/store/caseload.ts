import { createHash } from 'node:crypto';
import { addressId, derivedId } from '#commands';
import type { Expected, NewEvent } from '#event-store';
import { type Chance, chanceOf } from '../chance.js';
import { text, timeOrdered } from '../invented.js';

export interface Work {
  stream: string;
  revision: number;
  expected: Expected;
  event: NewEvent;
}

interface Case {
  stream: string;
  id: string;
  commands: string;
  steps: readonly Step[];
  done: number;
}
type Step = readonly [type: string, command: string, data: (id: string, chance: Chance) => Record<string, unknown>];

const about = (chance: Chance) => ({
  unit: 'jiuzai',
  title: text(chance, 14, 50),
  category: 'finance',
  topic: '救灾/减灾救灾',
  content: 'earthquake',
  formedOn: '2013-05-08',
});
const step = (type: string, command: string, more: (chance: Chance) => object = () => ({})): Step => [
  type,
  command,
  (id, chance) => ({ id, ...more(chance) }),
];

/** What an office does, in the shares of the example year: two events in three continue a stream. */
const kinds: readonly (readonly [share: number, commands: string, steps: readonly Step[]])[] = [
  [
    0.25,
    'catalogue.record',
    [
      step('RecordCollected', 'collect', chance => ({ by: 'chen-jing', ...about(chance), body: text(chance, 150, 400) })),
      step('RecordFirstReviewed', 'first-review'),
      step('RecordSubmitted', 'submit'),
      step('RecordSecrecyCleared', 'secrecy-review', () => ({ finding: 'not-secret' })),
      step('RecordApproved', 'approve'),
      step('RecordPublished', 'publish', chance => ({ ...about(chance), first: true, firstPublishedOn: '2013-05-20' })),
    ],
  ],
  [
    0.45,
    'channels.delivery',
    [
      step('DeliveryQueued', 'queue', chance => ({ ...about(chance), channelId: 'portal', recordRevision: 5 })),
      step('DeliveryConfirmed', 'confirm'),
    ],
  ],
  [
    0.15,
    'channels.placement',
    [step('PlacementRegistered', 'register', chance => ({ ...about(chance), outlet: 'sichuan-ribao', tier: 'provincial' }))],
  ],
  [0.1, 'channels.post', [step('PostRegistered', 'register', chance => ({ channel: 'microblog', text: text(chance, 40, 140) }))]],
  [
    0.05,
    'requests.request',
    [
      step('RequestRegistered', 'register', chance => ({ path: 'direct', form: 'letter', subject: text(chance, 60, 160) })),
      step('ReceiptConfirmed', 'confirm-receipt', () => ({ receivedOn: '2013-05-08', dueOn: '2013-05-29', workingDays: 15 })),
      step('RequestAnswered', 'answer', chance => ({ outcome: 'granted', answer: text(chance, 100, 200) })),
    ],
  ],
];

export interface CaseloadOptions {
  seed: number;
  /** Cases in hand at a time: how far back the streams lie that are continued. */
  open: number;
  /** Which kinds of cases; default all. */
  only?: readonly string[];
  /** When it begins. */
  year?: number;
}

/**
 * The work of one caller, one event after another, always the same for one seed: ids and stream names in the order of time, new
 * streams and, mostly, streams begun some time ago.
 */
export function caseloadOf({ seed, open, only, year = 2026 }: CaseloadOptions): () => Work {
  const chance = chanceOf(seed);
  const inHand: Case[] = [];
  const chosen = kinds.filter(([, commands]) => !only || only.includes(commands));
  const shares = chosen.reduce((sum, [share]) => sum + share, 0);
  let now = Date.UTC(year, 0, 5) + seed;

  function begin(commandId: string): Case {
    let at = chance.part() * shares;
    const [, commands, steps] = chosen.find(([share]) => (at -= share) < 0) ?? chosen[0]!;
    const id = commandId.replaceAll('-', '').slice(0, 12) + addressId(commandId).slice(-8);
    return { stream: `${commands}-${id}`, id, commands, steps, done: 0 };
  }

  return () => {
    // Some 20,000 events a second, as fast as they are written.
    now += 0.05;
    const commandId = timeOrdered(Math.floor(now), chance);
    let index = inHand.length < open ? -1 : chance.whole(0, inHand.length - 1);
    if (index < 0) index = inHand.push(begin(commandId)) - 1;
    const one = inHand[index]!;
    const [type, command, data] = one.steps[one.done]!;
    const revision = one.done++;
    if (one.done === one.steps.length) {
      inHand[index] = inHand.at(-1)!;
      inHand.pop();
    }
    const event = {
      id: derivedId(commandId, 0),
      type,
      version: 1,
      data: data(one.id, chance),
      metadata: {
        commandId,
        command: `${one.commands}.${command}`,
        commandDigest: createHash('sha256').update(commandId).digest('hex'),
        correlationId: timeOrdered(Math.floor(now), chance),
        person: 'liu-yang',
        name: '刘洋（社会救助处信息专人）',
        occurredOn: new Date(now).toISOString().slice(0, 10),
        recordedAt: new Date(now).toISOString(),
      },
    };
    return { stream: one.stream, revision, expected: revision === 0 ? 'none' : revision - 1, event };
  };
}
