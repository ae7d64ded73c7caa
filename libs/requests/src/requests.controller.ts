import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  answerRequest,
  type Ask,
  closeRequest,
  confirmReceipt,
  getRequest,
  listReceiptPractices,
  listRequests,
  registerRequest,
  requestsTasks,
  setReceiptPractice,
} from '#contracts';
import { addressId, historyOf, load } from '#commands';
import { Room } from '#messaging';
import { office, practice, set } from './practice/practice.js';
import { answer, close, confirm, register, request, unknownRequest } from './request/request.js';
import { requestPages, requestShown, tasksOf } from './views/request-pages.js';
import { requestsView } from './views/requests.js';

/** Every door of the requests. */
@Controller()
export class RequestsController {
  constructor(@Inject(Room) private readonly room: Room) {}

  @MessagePattern('requests.status') status() {
    return this.room.status();
  }

  @MessagePattern(registerRequest.subject) register(@Payload() ask: Ask) {
    return this.room.command(registerRequest, ask, (input, envelope) => {
      const id = addressId(envelope.commandId);
      return this.room.decide(request, id, input, register(id), envelope);
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
      return { id, revision: history.length - 1, ...requestShown(state), history: historyOf(history) };
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
