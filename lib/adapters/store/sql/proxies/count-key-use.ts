import type { KeyId } from "../../../../domain/ids.ts";
import { numberAt, textAt } from "../decode.ts";
import type { Session } from "../session.ts";

const text = `select credentials_key_id as key_id, count(*) as rows
  from launch.network_proxies where credentials_key_id is not null
  group by credentials_key_id order by credentials_key_id`;

/** Counts the rows sealed with each key; rows adopted from the seed, whose key is not known, are counted under the empty id. */
export async function countKeyUse(session: Session): Promise<ReadonlyMap<KeyId, number>> {
  const rows = await session.query({ text, isRepeatable: true });
  return new Map(rows.map((row) => [textAt(row, "key_id") as KeyId, numberAt(row, "rows")]));
}
