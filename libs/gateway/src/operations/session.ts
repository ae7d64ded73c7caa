import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Actor, checkRole, listProjections, refuse, type Refusal, roleSchema } from '#contracts';
import type { Tokens } from '#platform';

export interface Bearer {
  actor: Actor;
  token: string;
}

const cookie = 'gongkai-ops';
/** A browser keeps no larger cookie, and says nothing about it. */
const tokenMax = 3_800;

/**
 * A browser keeps no bearer token, so an operator gives it once: it is kept in a cookie that no script reads and no other site sends,
 * and verified at every use like any other.
 */
export async function bearerIn(request: FastifyRequest, tokens: Tokens): Promise<Bearer | null> {
  const token = new RegExp(`(?:^|; )${cookie}=([\\w.~+/=-]+)`).exec(request.headers.cookie ?? '')?.[1];
  return token === undefined ? null : bearerOf(token, tokens);
}

export async function bearerOf(token: string, tokens: Tokens): Promise<Bearer | null> {
  const bearer = /^[\w.~+/=-]+$/.test(token) && token.length <= tokenMax ? await tokens.verify(token) : null;
  if (!bearer) return null;
  const roles = bearer.roles.filter(role => roleSchema.safeParse(role).success) as Actor['roles'];
  return { token, actor: { ...bearer, roles } };
}

export function keepToken(reply: FastifyReply, token: string, { secure }: { secure: boolean }): void {
  reply.header('set-cookie', `${cookie}=${token}; Path=/ops; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`);
}

export function forgetToken(reply: FastifyReply): void {
  reply.header('set-cookie', `${cookie}=; Path=/ops; HttpOnly; SameSite=Strict; Max-Age=0`);
}

export function mayLook(actor: Actor): Refusal | undefined {
  return checkRole(listProjections, actor);
}

/** What another site makes a browser send is no order, whatever cookies come with it. */
export function fromElsewhere(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

export const tokenInvalid = refuse('unauthenticated', 'token-invalid', {
  zh: '令牌无效或已过期，请重新登录。',
  en: 'The token is not valid or has expired; sign in again.',
});
