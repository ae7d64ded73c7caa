import { z } from 'zod';

/** Roles of staff. Which body of the seed holds each: docs/glossary.md. A person may hold several. */
export const roles = [
  'collector',
  'secrecy-reviewer',
  'publisher',
  'request-officer',
  'reporter',
  'backdater',
  'operator',
  'auditor',
] as const;
export const roleSchema = z.enum(roles);
export type Role = z.infer<typeof roleSchema>;

/** Who acts. Comes out of a verified token, or is a reaction of the house itself (`system:when-…`). */
export interface Actor {
  person: string;
  name: string;
  roles: readonly Role[];
}
