import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  answerRequest,
  type Ask,
  closeRequest,
  confirmReceipt,
  getApplicant,
  getRequest,
  isRefusal,
  listReceiptPractices,
  listRequests,
  registerRequest,
  requestsTasks,
  setReceiptPractice,
} from '#contracts';
import { addressId, historyOf, load } from '#commands';
import { Room } from '#messaging';
import { subjectHeld } from '#privacy';
import { office, practice, set } from './practice/practice.js';
import { answer, close, confirm, register, request, unknownRequest } from './request/request.js';
import { applicantHeld, applicantShown } from './views/applicant.js';
import { requestPages, requestShown, tasksOf } from './views/request-pages.js';
import { requestsView } from './views/requests.js';

/** Every door of the requests. */
@Controller()
export class RequestsController {
  constructor(@Inject(Room) private readonly room: Room) {}

  private get keys() {
    return this.room.platform.keys;
  }

  @MessagePattern('requests.status') status() {
    return this.room.status();
  }
  @MessagePattern('requests.metrics') metrics() {
    return this.room.metrics();
  }
  @MessagePattern('requests.sealing-key') sealingKey() {
    return this.room.sealingKey();
  }

  @MessagePattern(registerRequest.subject) register(@Payload() ask: Ask) {
    return this.room.command(registerRequest, ask, async (input, envelope) => {
      const id = addressId(envelope.commandId);
      const named = input.dataSubject === undefined ? undefined : await subjectHeld(this.keys, input.dataSubject);
      return this.room.decide(request, id, input, register(id, named), envelope);
    });
  }
  @MessagePattern(confirmReceipt.subject) confirmReceipt(@Payload() ask: Ask) {
    return this.room.command(confirmReceipt, ask, async (input, envelope) => {
      const { state } = await load(this.room.store, practice, office);
      return this.room.decide(request, input.id, input, confirm(state), envelope);
    });
  }
  @MessagePattern(answerRequest.subject) answer(@Payload() ask: Ask) {
    return this.room.command(answerRequest, ask, (input, envelope) =>
      this.room.decide(request, input.id, input, answer, envelope),
    );
  }
  @MessagePattern(closeRequest.subject) close(@Payload() ask: Ask) {
    return this.room.command(closeRequest, ask, (input, envelope) => this.room.decide(request, input.id, input, close, envelope));
  }
  @MessagePattern(setReceiptPractice.subject) setReceiptPractice(@Payload() ask: Ask) {
    return this.room.command(setReceiptPractice, ask, (input, envelope) =>
      this.room.decide(practice, office, input, set, envelope),
    );
  }

  @MessagePattern(getRequest.subject) getRequest(@Payload() ask: Ask) {
    return this.room.query(getRequest, ask, requestsView, async ({ id }) => {
      const { state, history } = await load(this.room.store, request, id);
      if (state.status === 'none') return unknownRequest();
      const held = await applicantHeld(this.keys, history[0]!);
      return { id, revision: history.length - 1, ...requestShown(state), applicant: held, history: historyOf(history) };
    });
  }
  @MessagePattern(getApplicant.subject) getApplicant(@Payload() ask: Ask) {
    return this.room.query(getApplicant, ask, requestsView, async ({ id }) => {
      const { state, history } = await load(this.room.store, request, id);
      if (state.status === 'none') return unknownRequest();
      const shown = await applicantShown(this.keys, history[0]!);
      return isRefusal(shown) ? shown : { id, dataSubject: state.registered!.dataSubject ?? null, ...shown };
    });
  }
  @MessagePattern(listRequests.subject) listRequests(@Payload() ask: Ask) {
    return this.room.query(listRequests, ask, requestsView, (input, view) => requestPages.latest(view, input));
  }
  @MessagePattern(listReceiptPractices.subject) listReceiptPractices(@Payload() ask: Ask) {
    return this.room.query(listReceiptPractices, ask, requestsView, (input, view) => requestPages.practices(view, input));
  }
  @MessagePattern(requestsTasks.subject) tasks(@Payload() ask: Ask) {
    return this.room.query(requestsTasks, ask, requestsView, (_, view, actor) =>
      tasksOf(view, actor!, this.room.platform.clock.today()),
    );
  }
}
