import type { z } from 'zod';
import {
  type Actor,
  type Ask,
  checkInput,
  checkRole,
  isRefusal,
  type Operation,
  refuse,
  type Refusal,
  roleSchema,
  type SealingKey,
} from '#contracts';
import type { Platform } from '#platform';
import { newSealingSecret, type Unsealer, unsealerOf } from '#privacy';
import { openAsk } from './sealed.js';

export interface Admission {
  /** Who asks, by a token that is verified here again; what they ask, unsealed and checked. */
  admit<I extends z.ZodObject>(operation: Operation<I>, ask: Ask): Promise<{ input: z.infer<I>; actor: Actor | null } | Refusal>;
  /** What personal data for this room is sealed to; the same for all its replicas. */
  sealingKey(): Promise<SealingKey>;
}

export function admissionTo(room: string, { tokens, keys }: Pick<Platform, 'tokens' | 'keys'>): Admission {
  let opener: Unsealer | undefined;

  async function unsealer(): Promise<Unsealer> {
    return (opener ??= await unsealerOf(await keys.secret(`sealing.${room}`, newSealingSecret)));
  }

  async function actorOf(token: string): Promise<Actor | Refusal> {
    const bearer = await tokens.verify(token);
    if (!bearer)
      return refuse('unauthenticated', 'token-invalid', {
        zh: '令牌无效或已过期，请重新登录。',
        en: 'The token is not valid or has expired; sign in again.',
      });
    return { ...bearer, roles: bearer.roles.filter(role => roleSchema.safeParse(role).success) as Actor['roles'] };
  }

  return {
    async admit(operation, ask) {
      const actor = ask.token === undefined ? null : await actorOf(ask.token);
      if (isRefusal(actor)) return actor;
      const denied = checkRole(operation, actor);
      if (denied) return denied;
      const opened = await openAsk(operation, ask, unsealer);
      if (isRefusal(opened)) return opened;
      const input = checkInput(operation, opened);
      return isRefusal(input) ? input : { input, actor };
    },
    sealingKey: async () => (await unsealer()).key,
  };
}
