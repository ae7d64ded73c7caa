import { Controller, Inject, type Type } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import * as c from '#contracts';
import { type Accepted, type Ask, inRoom, isRefusal, type Operation, type Reply } from '#contracts';
import { noDeadLetter, operate, ordersOf, type Outcome, showDeadLetters, statusOf } from '#projections';
import { lookAsOf } from './look-as-of.js';
import { asOfBusy, orderUnfinished, projectionNotHere } from './refusals.js';
import { Room } from './room.js';

/** What became of an order, as the answer of a command. */
export type Ordered = Accepted & Outcome;

/** Before whoever asked gives up: what is not done by then is said to be. */
const answerWithinMs = c.operatorsDeadlineMs - 5_000;
const ordersShown = 20;
const behindShown = 100;
const unsettled = c.deadLetterStates.slice(0, 3);

/** The operators' doors of a room. Every room has the same: what is done there is the same in each. */
export function operatorsDoor(name: string): Type {
  const at = (operation: Operation) => inRoom(operation, name).subject;

  @Controller()
  class OperatorsDoor {
    private folding = false;
    constructor(@Inject(Room) private readonly room: Room) {}

    @MessagePattern(at(c.listProjections))
    list(@Payload() ask: Ask) {
      return this.room.look(c.listProjections, ask, async () => {
        const items = await statusOf(this.room.operations, { proof: false });
        return { total: items.length, items, next: null };
      });
    }

    @MessagePattern(at(c.getProjection))
    get(@Payload() ask: Ask) {
      return this.room.look(c.getProjection, ask, async ({ projection: wanted }) => {
        const { operations } = this.room;
        const projections = operations.projections.filter(one => one.name === wanted);
        const [status] = await statusOf({ ...operations, projections });
        if (!status) return projectionNotHere(wanted, name);
        const orders = await ordersOf(operations, wanted, ordersShown);
        // For `If-Match`: whoever orders next knows of these.
        return { ...status, orders, ...(orders[0] ? { revision: orders[0].revision } : {}) };
      });
    }

    @MessagePattern(at(c.getProjectionAsOf))
    asOf(@Payload() ask: Ask) {
      return this.room.look(c.getProjectionAsOf, ask, async input => {
        // Each folds the log, into a file: one at a time is load enough.
        if (this.folding) return asOfBusy();
        this.folding = true;
        try {
          return await lookAsOf(this.room.operations, input, AbortSignal.timeout(answerWithinMs));
        } finally {
          this.folding = false;
        }
      });
    }

    @MessagePattern(at(c.listDeadLetters))
    letters(@Payload() ask: Ask) {
      return this.room.look(c.listDeadLetters, ask, async ({ projection, state, limit }) => {
        const states = state === undefined ? unsettled : [state];
        const { readStore } = this.room.operations;
        const found = await readStore.deadLetters({ states, ...(projection === undefined ? {} : { projection }) });
        found.sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state) || a.position - b.position);
        return { total: found.length, items: found.slice(0, limit), next: null };
      });
    }

    @MessagePattern(at(c.getDeadLetter))
    letter(@Payload() ask: Ask) {
      return this.room.look(c.getDeadLetter, ask, async ({ projection, position }) => {
        const shown = await showDeadLetters(this.room.operations, projection, position);
        if (shown.length === 0) return noDeadLetter(projection, position);
        const items = shown.map(one => ({ ...one, behindTotal: one.behind.length, behind: one.behind.slice(0, behindShown) }));
        return { total: items.length, items, next: null };
      });
    }

    @MessagePattern(at(c.rebuildProjection))
    rebuild(@Payload() ask: Ask) {
      return this.order(c.rebuildProjection, 'rebuild', ask);
    }
    @MessagePattern(at(c.verifyProjection))
    verify(@Payload() ask: Ask) {
      return this.order(c.verifyProjection, 'verify', ask);
    }
    @MessagePattern(at(c.switchProjection))
    switch(@Payload() ask: Ask) {
      return this.order(c.switchProjection, 'switch', ask);
    }
    @MessagePattern(at(c.rollBackProjection))
    rollBack(@Payload() ask: Ask) {
      return this.order(c.rollBackProjection, 'rollback', ask);
    }
    @MessagePattern(at(c.pauseProjection))
    pause(@Payload() ask: Ask) {
      return this.order(c.pauseProjection, 'pause', ask);
    }
    @MessagePattern(at(c.resumeProjection))
    resume(@Payload() ask: Ask) {
      return this.order(c.resumeProjection, 'resume', ask);
    }
    @MessagePattern(at(c.rebuildKey))
    rebuildKey(@Payload() ask: Ask) {
      return this.order(c.rebuildKey, 'rebuild-key', ask);
    }
    @MessagePattern(at(c.dropGeneration))
    drop(@Payload() ask: Ask) {
      return this.order(c.dropGeneration, 'drop', ask);
    }
    @MessagePattern(at(c.retryDeadLetter))
    retry(@Payload() ask: Ask) {
      return this.order(c.retryDeadLetter, 'retry', ask);
    }
    @MessagePattern(at(c.skipDeadLetter))
    skip(@Payload() ask: Ask) {
      return this.order(c.skipDeadLetter, 'skip', ask);
    }

    /** A rebuild is begun and left to the room's own runner: how it goes on is seen in the status. */
    private order(operation: Operation, order: c.ProjectionOrder['order'], ask: Ask): Promise<Reply<Ordered>> {
      return this.room.command(operation, ask, async (input, { actor, correlationId, commandId, ifMatch }) => {
        const signal = AbortSignal.timeout(answerWithinMs);
        const { person, name } = actor;
        const envelope = { person, name, correlationId, commandId, ...(ifMatch === undefined ? {} : { ifMatch }) };
        try {
          const outcome = await operate(this.room.operations, { ...input, order }, envelope, { begin: true, signal });
          return isRefusal(outcome) ? outcome : { id: outcome.projection, ...outcome };
        } catch (error) {
          if (signal.aborted) return orderUnfinished();
          throw error;
        }
      });
    }
  }
  return OperatorsDoor;
}
