import type { UnitKey } from "../../../domain/run/unit-key.ts";
import type { UnitWish } from "../../../domain/run/unit-wish.ts";
import type { UnitStore } from "../../../ports/store/unit-store.ts";
import { instantAt, optionalTextAt, textAt } from "./decode.ts";
import { type Row, readRows, type Session, send } from "./session.ts";

const list = `select to_jsonb(u) as row from launch.units u
  where $1::text[] is null or u.unit_key = any ($1) order by u.unit_key collate "C"`;

const want = `insert into launch.units (unit_key, wanted, by, why, at) values ($1, $2, $3, $4, clock_timestamp())
  on conflict (unit_key) do update
    set wanted = excluded.wanted, by = excluded.by, why = excluded.why, at = excluded.at`;

/** What operators want of bots and collectors. */
export function unitStore(session: Session): UnitStore {
  const wishes = (keys?: readonly UnitKey[]) => readRows(session, { text: list, values: [keys] }, decodeWish);
  return {
    wish: async (key) => (await wishes([key]))[0],
    wishes,
    want: ({ unitKey, wanted, by, why }) => send(session, want, [unitKey, wanted, by, why]),
  };
}

function decodeWish(row: Row): UnitWish {
  return {
    unitKey: textAt(row, "unit_key") as UnitKey,
    wanted: textAt(row, "wanted") as UnitWish["wanted"],
    by: textAt(row, "by"),
    why: optionalTextAt(row, "why"),
    at: instantAt(row, "at"),
  };
}
