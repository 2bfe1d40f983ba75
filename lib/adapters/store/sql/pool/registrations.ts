import type { AccountId } from "../../../../domain/ids.ts";
import { exitKeyOf } from "../../../../domain/ip.ts";
import type { Registration } from "../../../../domain/reputation/registration.ts";
import type { AccountStore } from "../../../../ports/store/account-store.ts";
import { instantAt, ipAt, optionalInstantAt, textAt, timestamp } from "../decode.ts";
import { type Row, readRows, type Session } from "../session.ts";

/** The exits that accounts' venues know. */
export function registrationStore(session: Session): Pick<AccountStore, "register" | "registrations"> {
  return {
    register: async (id, { exitIps, at, by }) => {
      const values = [id, exitIps, exitIps.map(exitKeyOf), timestamp(at), by];
      await session.query({ text: registerText, values });
    },
    registrations: (id) => readRows(session, { text: listText, values: [id] }, decodeRegistration),
  };
}

// What stays on the list keeps its beginning.
const registerText = `with ended as (
    update launch.registrations set until_at = greatest($4, from_at)
    where account_id = $1 and until_at is null and exit_ip <> all ($2::inet[])
  )
  insert into launch.registrations (account_id, exit_ip, exit_key, from_at, by)
  select $1, e.ip, e.key, $4, $5 from unnest($2::inet[], $3::text[]) as e (ip, key)
  on conflict do nothing`;

const listText = `select to_jsonb(g) as row from launch.registrations g
  where g.account_id = $1 order by g.from_at, g.exit_ip`;

/** Reads a row of `registrations`. */
export function decodeRegistration(row: Row): Registration {
  return {
    accountId: textAt(row, "account_id") as AccountId,
    exitIp: ipAt(row, "exit_ip"),
    exitKey: textAt(row, "exit_key"),
    from: instantAt(row, "from_at"),
    until: optionalInstantAt(row, "until_at"),
    by: textAt(row, "by"),
  };
}
