import {
  type DatabaseMove,
  type MoveId,
  type MoveStage,
  moveStages,
} from "../../../domain/database/database-move.ts";
import { InternalError } from "../../../errors.ts";
import type { MoveStore } from "../../../ports/store/move-store.ts";
import { textAt } from "./decode.ts";
import { type Row, readRows, type Session } from "./session.ts";

const write = `insert into launch.moves (id, stage, other) values ($1, $2, $3)
  on conflict (is_only) do update
    set id = excluded.id, stage = excluded.stage, other = excluded.other, at = clock_timestamp()`;

const holdPool = `lock table launch.accounts, launch.network_proxies, launch.account_proxy_assignments
  in share row exclusive mode`;

/** What the database says of its own move. */
export function moveStore(session: Session): MoveStore {
  return {
    read: async () =>
      (await readRows(session, { text: "select to_jsonb(m) as row from launch.moves m" }, decodeMove))[0],
    async write(move) {
      if (move === undefined) await session.query({ text: "delete from launch.moves" });
      else await session.query({ text: write, values: [move.id, move.stage, move.other] });
    },
    async holdPool() {
      await session.query({ text: holdPool });
    },
  };
}

function decodeMove(row: Row): DatabaseMove {
  return {
    id: textAt(row, "id") as MoveId,
    stage: stageAt(textAt(row, "stage")),
    other: textAt(row, "other"),
  };
}

function stageAt(text: string): MoveStage {
  const stage = moveStages.find((each) => each === text);
  if (stage === undefined) throw new InternalError("move-stage", `The database names a stage "${text}"`);
  return stage;
}
