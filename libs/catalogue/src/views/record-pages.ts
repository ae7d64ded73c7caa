import { addWorkingDays, CalendarUnknown } from '#calendar';
import {
  type Actor,
  type listPublicRecords,
  type listRecords,
  type Page,
  type PublicRecord,
  type RecordStatus,
  refuse,
  type Refusal,
  type Task,
} from '#contracts';
import type { View } from '#projections';
import type { z } from 'zod';
import type { PublicRecordDoc, RecordDoc, UnitDoc } from './records.js';

export const recordPages = {
  async inAnyState(
    view: View,
    { q, status, category, unit, limit, after }: z.infer<(typeof listRecords)['input']>,
  ): Promise<Page<Omit<RecordDoc, 'body'>>> {
    const where = { status, category, unit };
    const { items, next } = await view.find<RecordDoc>('records', {
      where,
      search: q,
      sort: [['collectedOn', 'desc']],
      limit,
      after,
    });
    return { total: await view.count('records', { where, search: q }), items: items.map(({ body: _, ...item }) => item), next };
  },

  async latest(
    view: View,
    { q, category, unit, limit, after }: z.infer<(typeof listPublicRecords)['input']>,
  ): Promise<Page<Omit<PublicRecord, 'body'>>> {
    const where = { validity: 'in-force', category, unit };
    const { items, next } = await view.find<PublicRecordDoc>('published', {
      where,
      search: q,
      sort: [
        ['publishedOn', 'desc'],
        ['indexNumber', 'desc'],
      ],
      limit,
      after,
    });
    const units = await unitNames(view, items);
    return {
      total: await view.count('published', { where, search: q }),
      items: items.map(({ body: _, draft: _d, ...item }) => ({ ...item, unitName: units.get(item.unit) ?? item.unit })),
      next,
    };
  },

  async published(view: View, id: string): Promise<PublicRecord | Refusal | null> {
    const doc = await view.get<PublicRecordDoc>('published', id);
    if (!doc?.validity) return null;
    if (doc.withdrawn) {
      return refuse(
        'gone',
        'record-withdrawn',
        {
          zh: `这条信息已于 ${doc.withdrawn.on} 撤回，原因：${doc.withdrawn.why}`,
          en: `This record was withdrawn on ${doc.withdrawn.on}: ${doc.withdrawn.why}`,
        },
        { detail: { withdrawnOn: doc.withdrawn.on, why: doc.withdrawn.why, indexNumber: doc.indexNumber } },
      );
    }
    const { draft: _, ...shown } = doc;
    return { ...shown, unitName: (await unitNames(view, [doc])).get(doc.unit) ?? doc.unit };
  },
};

async function unitNames(view: View, docs: readonly { unit: string }[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const unit of new Set(docs.map(doc => doc.unit))) names.set(unit, (await view.get<UnitDoc>('units', unit))?.name ?? unit);
  return names;
}

const nextSteps: Partial<Record<RecordStatus, { kind: string; role: 'collector' | 'secrecy-reviewer' | 'publisher' }>> = {
  collected: { kind: 'first-review', role: 'collector' },
  returned: { kind: 'revision', role: 'collector' },
  'first-reviewed': { kind: 'submission', role: 'collector' },
  submitted: { kind: 'secrecy-review', role: 'secrecy-reviewer' },
  'secrecy-cleared': { kind: 'approval', role: 'publisher' },
  approved: { kind: 'publication', role: 'publisher' },
};
const tasksMax = 500;

/** What waits for the actor's roles. Publication is due 20 working days after the record was formed (2008 Art. 18, 2019 Art. 26). */
export async function tasksOf(view: View, actor: Actor, today: string): Promise<Task[]> {
  const statuses = (Object.keys(nextSteps) as RecordStatus[]).filter(
    status => actor.roles.includes('auditor') || actor.roles.includes(nextSteps[status]!.role),
  );
  const { items } = await view.find<RecordDoc>('records', {
    where: { status: { in: statuses } },
    sort: [['collectedOn', 'asc']],
    limit: tasksMax,
  });
  return items.map(item => {
    const { kind, role } = nextSteps[item.status]!;
    // The period runs for what is not public yet; a revision has none.
    const dueOn = item.firstPublishedOn === undefined ? publicationDue(item.formedOn) : null;
    return {
      room: 'catalogue',
      kind,
      id: item.id,
      title: item.title,
      roles: [role],
      since: item.since,
      dueOn,
      overdue: dueOn !== null && dueOn < today,
      href: `/api/v1/records/${item.id}`,
    };
  });
}

/** Null where the calendar of the year is not known yet. */
function publicationDue(formedOn: string): string | null {
  try {
    return addWorkingDays(formedOn, 20).dueOn;
  } catch (error) {
    if (error instanceof CalendarUnknown) return null;
    throw error;
  }
}
