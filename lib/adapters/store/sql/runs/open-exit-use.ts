import { exitKeyOf } from "../../../../domain/ip.ts";
import type { ExitUse } from "../../../../ports/store/run-store.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

const text = `insert into launch.exit_uses (account_id, proxy_id, exit_ip, exit_key, venue, run_id, from_at)
  select $1, $2, $3, $4, v.venue, $6, $7 from (select distinct unnest($5::text[]) as venue) v`;

/** Notes that an account leaves through an exit from now on: one row a venue. */
export async function openExitUse(session: Session, use: ExitUse): Promise<void> {
  const { accountId, proxyId, exitIp, venues, runId, from } = use;
  const values = [accountId, proxyId, exitIp, exitKeyOf(exitIp), venues, runId, timestamp(from)];
  await session.query({ text, values });
}
