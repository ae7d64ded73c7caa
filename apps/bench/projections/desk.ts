import { createHash } from 'node:crypto';
import { addressId, derivedId } from '#commands';
import { type Chance, chanceOf } from '../chance.js';
import { text, timeOrdered } from '../invented.js';
import type { Work } from '../store/caseload.js';

const firstDay = Date.UTC(2013, 0, 1);
const dayMs = 86_400_000;
const people = [
  { person: 'chen-jing', name: '陈静（救灾处信息专人）' },
  { person: 'liu-yang', name: '刘洋（社会救助处信息专人）' },
  { person: 'zhao-min', name: '赵敏（保密审查员）' },
  { person: 'wang-lei', name: '王磊（领导小组办公室）' },
  { person: 'sun-hui', name: '孙慧（依申请公开经办）' },
] as const;

/** Days that go by, what is planned for them, and the events that come of it. */
export class Desk {
  private readonly agenda = new Map<number, (() => Work)[]>();
  private readonly revisions = new Map<string, number>();
  private readonly chance: Chance;
  private day = 0;

  constructor(seed: number) {
    this.chance = chanceOf(seed);
  }

  /** Day after day, for ever. `begin` plans what begins on a day; what a step plans for the same day follows on it. */
  *days(begin: () => void): Generator<Work> {
    for (; ; this.day += 1) {
      begin();
      for (const step of this.agenda.get(this.day) ?? []) yield step();
      this.agenda.delete(this.day);
    }
  }

  plan(inDays: number, step: () => Work): void {
    const on = this.day + inDays;
    const steps = this.agenda.get(on);
    if (steps) steps.push(step);
    else this.agenda.set(on, [step]);
  }

  /** With metadata as `handle` in libs/commands writes it. */
  event(stream: string, type: string, data: Record<string, unknown>): Work {
    const now = firstDay + this.day * dayMs + this.whole(28_800_000, 64_800_000);
    const commandId = timeOrdered(now, this.chance);
    const revision = (this.revisions.get(stream) ?? -1) + 1;
    this.revisions.set(stream, revision);
    const metadata = {
      commandId,
      command: `${stream.slice(0, stream.indexOf('-'))}.${type.toLowerCase()}`,
      commandDigest: createHash('sha256').update(commandId).digest('hex'),
      correlationId: timeOrdered(now, this.chance),
      ...this.pick(people),
      occurredOn: this.today,
      recordedAt: new Date(now).toISOString(),
      ...(this.part() < 0.05 ? { backdated: { source: '纸质登记簿第三册', reason: '系统启用前的办理事项补录' } } : {}),
    };
    const event = { id: derivedId(commandId, 0), type, version: 1, data, metadata };
    return { stream, revision, expected: revision === 0 ? 'none' : revision - 1, event };
  }

  get today(): string {
    return this.dateIn(0);
  }

  dateIn(days: number): string {
    return new Date(firstDay + (this.day + days) * dayMs).toISOString().slice(0, 10);
  }

  newId(): string {
    return addressId(timeOrdered(firstDay + this.day * dayMs, this.chance));
  }

  text(least: number, most: number): string {
    return text(this.chance, least, most);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.chance.whole(0, from.length - 1)]!;
  }

  whole(least: number, most: number): number {
    return this.chance.whole(least, most);
  }

  part(): number {
    return this.chance.part();
  }
}
