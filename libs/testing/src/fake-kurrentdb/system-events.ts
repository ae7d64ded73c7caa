/** What a new database writes of its own accord. */
export const startupEvents = [
  { stream: '$$$stats-127.0.0.1:2113', type: '$metadata', data: '{"$maxAge":86400,"$acl":{"$r":"$admins","$w":"$admins"}}' },
  { stream: '$user-admin', type: '$UserCreated', data: '{"loginName":"admin","fullName":"Event Store Administrator"}' },
  { stream: '$users', type: '$User', data: '"admin"' },
  { stream: '$settings', type: 'update-settings', data: '{"userStream":{"$r":"$all","$w":"$all"}}' },
] as const;

/** The server's own figures, which it writes every so often and which stand in `$all` among everybody's events. */
export function statistics(commits: number): { stream: string; type: string; data: string } {
  return { stream: '$stats-127.0.0.1:2113', type: '$statsCollected', data: `{"es-writer-commits":${commits}}` };
}
