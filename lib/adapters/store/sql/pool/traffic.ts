import type { TrafficStore } from "../../../../ports/store/traffic-store.ts";
import { numberAt, textAt } from "../decode.ts";
import { queryRows, type Session } from "../session.ts";

const addText = `insert into launch.traffic as t (account_id, month, venue, connections, bytes_up, bytes_down)
  select $1, date_trunc('month', clock_timestamp() at time zone 'UTC')::date, x.venue, x.tunnels, x."bytesUp", x."bytesDown"
  from json_to_recordset($2::json) as x (venue text, tunnels bigint, "bytesUp" bigint, "bytesDown" bigint)
  on conflict (account_id, month, venue) do update set connections = t.connections + excluded.connections,
    bytes_up = t.bytes_up + excluded.bytes_up, bytes_down = t.bytes_down + excluded.bytes_down`;

const readText = `select to_char(month, 'YYYY-MM') as month, venue, connections, bytes_up, bytes_down from launch.traffic
  where account_id = $1 order by month desc, bytes_up + bytes_down desc, venue collate "C"`;

/** What accounts sent and received, by venue and month. */
export function trafficStore(session: Session): TrafficStore {
  return {
    add: async (accountId, traffic) => {
      await session.query({ text: addText, values: [accountId, JSON.stringify(traffic)] });
    },
    read: (accountId) =>
      queryRows(session, { text: readText, values: [accountId] }, (row) => ({
        month: textAt(row, "month"),
        venue: textAt(row, "venue"),
        tunnels: numberAt(row, "connections"),
        bytesUp: numberAt(row, "bytes_up"),
        bytesDown: numberAt(row, "bytes_down"),
      })),
  };
}
