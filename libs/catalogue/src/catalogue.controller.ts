import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  approveRecord,
  type Ask,
  catalogueTasks,
  collectRecord,
  designatePerson,
  firstReviewRecord,
  getPublicRecord,
  getRecord,
  getUnit,
  isRefusal,
  listPublicRecords,
  listRecords,
  listUnits,
  publishRecord,
  refuse,
  registerUnit,
  returnRecord,
  reviseRecord,
  secrecyReviewRecord,
  submitRecord,
  withdrawRecord,
} from '#contracts';
import { addressId, derivedId, historyOf, load, rehearse } from '#commands';
import { UnknownEvent } from '#event-store';
import { Room } from '#messaging';
import { indexNumber, indexNumbers, issue } from './record/index-number.js';
import {
  approve,
  collect,
  firstReview,
  giveBack,
  publish,
  record,
  revise,
  secrecyReview,
  submit,
  unknownRecord,
  withdraw,
} from './record/record.js';
import { designate, register, unit } from './unit/unit.js';
import { recordPages, tasksOf } from './views/record-pages.js';
import { recordsView, type UnitDoc } from './views/records.js';

/** Every door of the catalogue. */
@Controller()
export class CatalogueController {
  constructor(@Inject(Room) private readonly room: Room) {}

  @MessagePattern('catalogue.status') status() {
    return this.room.status();
  }
  @MessagePattern('catalogue.metrics') metrics() {
    return this.room.metrics();
  }

  @MessagePattern(registerUnit.subject) registerUnit(@Payload() ask: Ask) {
    return this.room.command(registerUnit, ask, (input, envelope) => this.room.decide(unit, input.id, input, register, envelope));
  }
  @MessagePattern(designatePerson.subject) designatePerson(@Payload() ask: Ask) {
    return this.room.command(designatePerson, ask, (input, envelope) =>
      this.room.decide(unit, input.id, input, designate, envelope),
    );
  }
  @MessagePattern(collectRecord.subject) collect(@Payload() ask: Ask) {
    return this.room.command(collectRecord, ask, async (input, envelope) => {
      const { state } = await load(this.room.store, unit, input.unit);
      if (!state.registered) return unknownUnit(input.unit);
      const id = addressId(envelope.commandId);
      return this.room.decide(record, id, input, collect(id), envelope);
    });
  }
  @MessagePattern(firstReviewRecord.subject) firstReview(@Payload() ask: Ask) {
    return this.room.command(firstReviewRecord, ask, (input, envelope) =>
      this.room.decide(record, input.id, input, firstReview, envelope),
    );
  }
  @MessagePattern(submitRecord.subject) submit(@Payload() ask: Ask) {
    return this.room.command(submitRecord, ask, (input, envelope) => this.room.decide(record, input.id, input, submit, envelope));
  }
  @MessagePattern(secrecyReviewRecord.subject) secrecyReview(@Payload() ask: Ask) {
    return this.room.command(secrecyReviewRecord, ask, (input, envelope) =>
      this.room.decide(record, input.id, input, secrecyReview, envelope),
    );
  }
  @MessagePattern(approveRecord.subject) approve(@Payload() ask: Ask) {
    return this.room.command(approveRecord, ask, (input, envelope) =>
      this.room.decide(record, input.id, input, approve, envelope),
    );
  }
  @MessagePattern(publishRecord.subject) publish(@Payload() ask: Ask) {
    return this.room.command(publishRecord, ask, async (input, envelope) => {
      const { store, platform } = this.room;
      const { state } = await load(store, record, input.id);
      // A number is for life, so none is issued for a publication that will be refused.
      const refusal = await rehearse(store, record, input.id, input, publish(''), envelope);
      if (refusal) return refusal;
      if (state.published) return this.room.decide(record, input.id, input, publish(''), envelope);
      const year = (input.occurredOn ?? envelope.today).slice(0, 4);
      const { ifMatch: _, ...unconditional } = envelope;
      const issued = await this.room.decide(indexNumbers, year, { recordId: input.id }, issue, {
        ...unconditional,
        commandId: derivedId(input.id, 'index-number', year),
        house: true,
      });
      if (isRefusal(issued)) return issued;
      return this.room.decide(
        record,
        input.id,
        input,
        publish(indexNumber(platform.config.authorityCode, year, issued.revision + 1)),
        envelope,
      );
    });
  }
  @MessagePattern(reviseRecord.subject) revise(@Payload() ask: Ask) {
    return this.room.command(reviseRecord, ask, (input, envelope) => this.room.decide(record, input.id, input, revise, envelope));
  }
  @MessagePattern(withdrawRecord.subject) withdraw(@Payload() ask: Ask) {
    return this.room.command(withdrawRecord, ask, (input, envelope) =>
      this.room.decide(record, input.id, input, withdraw, envelope),
    );
  }
  @MessagePattern(returnRecord.subject) return(@Payload() ask: Ask) {
    return this.room.command(returnRecord, ask, (input, envelope) =>
      this.room.decide(record, input.id, input, giveBack, envelope),
    );
  }

  @MessagePattern(getUnit.subject) getUnit(@Payload() ask: Ask) {
    return this.room.query(
      getUnit,
      ask,
      recordsView,
      async ({ id }, view) => (await view.get<UnitDoc>('units', id)) ?? unknownUnit(id),
    );
  }
  @MessagePattern(listUnits.subject) listUnits(@Payload() ask: Ask) {
    return this.room.query(listUnits, ask, recordsView, async ({ kind, limit, after }, view, actor) => {
      const { items, next } = await view.find<UnitDoc>('units', { where: { kind }, limit, after });
      // Who is designated is the staff's business, not the public's.
      const shown = items.map(({ designations, ...item }) => (actor ? { ...item, designations } : item));
      return { total: await view.count('units', { where: { kind } }), items: shown, next };
    });
  }
  @MessagePattern(getRecord.subject) getRecord(@Payload() ask: Ask) {
    return this.room.query(getRecord, ask, recordsView, async ({ id }) => {
      const { state, history } = await load(this.room.store, record, id);
      if (state.status === 'none') return unknownRecord();
      return {
        id,
        revision: history.length - 1,
        status: state.status,
        ...state.fields,
        published: state.published,
        history: historyOf(history),
      };
    });
  }
  @MessagePattern(listRecords.subject) listRecords(@Payload() ask: Ask) {
    return this.room.query(listRecords, ask, recordsView, (input, view) => recordPages.inAnyState(view, input));
  }
  @MessagePattern(getPublicRecord.subject) getPublicRecord(@Payload() ask: Ask) {
    return this.room.query(getPublicRecord, ask, recordsView, async ({ id }, view) => {
      const withdrawn = await this.withdrawnUnseen([id]);
      return withdrawn.has(id) ? beingWithdrawn() : ((await recordPages.published(view, id)) ?? unknownRecord());
    });
  }
  @MessagePattern(listPublicRecords.subject) listPublicRecords(@Payload() ask: Ask) {
    return this.room.query(listPublicRecords, ask, recordsView, async (input, view) => {
      const page = await recordPages.latest(view, input);
      const withdrawn = await this.withdrawnUnseen(page.items.map(({ id }) => id));
      return { ...page, items: page.items.filter(({ id }) => !withdrawn.has(id)) };
    });
  }

  /** Of these the ones that were withdrawn and that the view still shows, because an event of theirs waits for an operator. */
  private async withdrawnUnseen(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const parked = await this.room.parked(recordsView);
    const found = new Set<string>();
    for (const id of ids) {
      if (!parked.has(`catalogue.record-${id}`)) continue;
      if (await this.isWithdrawn(id)) found.add(id);
    }
    return found;
  }

  /** What this program cannot read is not shown on the strength of what it could. */
  private async isWithdrawn(id: string): Promise<boolean> {
    try {
      return (await load(this.room.store, record, id)).state.status === 'withdrawn';
    } catch (error) {
      if (error instanceof UnknownEvent) return true;
      throw error;
    }
  }

  @MessagePattern(catalogueTasks.subject) tasks(@Payload() ask: Ask) {
    return this.room.query(catalogueTasks, ask, recordsView, (_, view, actor) =>
      tasksOf(view, actor!, this.room.platform.clock.today()),
    );
  }
}

function unknownUnit(id: string) {
  return refuse('missing', 'unit-unknown', {
    zh: `没有单位 ${id}，请先登记单位。`,
    en: `There is no unit ${id}; register it first.`,
  });
}

function beingWithdrawn() {
  return refuse('gone', 'record-withdrawn', { zh: '这条信息已经撤回。', en: 'This record was withdrawn.' });
}
