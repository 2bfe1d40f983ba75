import { timed } from "../../harness/measure.mjs";
import { built } from "../../harness/places.mjs";
import { fillRuns } from "../../store/fill-runs.mjs";
import { openOwnDatabase } from "../../store/own-database.mjs";

const all = "renewal of 200 leases and 200 exits";

/** What a launcher with 200 units does every few seconds, against the update of one row. */
export const renewal = {
  name: "renewal",
  title: "One renewal of 200 leases and their exits",
  rounds: 150,
  warmUps: 20,
  limits:
    "One statement updates the launcher's row alone: the leases of its units are good as long as that is.",
  figures: {
    renewal: { unit: "ms", floor: "update of one row" },
    WAL: { unit: "bytes" },
  },
  targets: [
    { figure: "renewal", way: all, ratio: 2.2 },
    { figure: "WAL", way: all, most: 2_048 },
  ],
  async open({ size, atEnd }) {
    const { openPostgresStore } = await built("lib/adapters/store/open-store.js");
    const own = await openOwnDatabase();
    atEnd(own.close);
    const { client, config } = own;
    await fillRuns(client, size === "smoke" ? { accounts: 200, ended: 1 } : { accounts: 10_000, ended: 30 });
    const store = await openPostgresStore({ connection: () => Promise.resolve(config) });
    atEnd(() => store.close());
    const { rows } = await client.query("select id from launch.launchers limit 1");
    const [{ id }] = rows;
    await client.query("insert into launch.units values ('collector:row', 'up', 'bench', 'x', now())");
    const one = "update launch.units set why = why where unit_key = 'collector:row'";
    return {
      "update of one row": () => measured(client, () => client.query(one)),
      [all]: () => measured(client, () => store.launchers.renew(id)),
    };
  },
};

async function measured(client, work) {
  const before = await lsn(client);
  const ms = await timed(work);
  return { renewal: ms, WAL: Number(BigInt(await lsn(client)) - BigInt(before)) };
}

async function lsn(client) {
  const { rows } = await client.query("select pg_current_wal_insert_lsn() - '0/0' as at");
  return rows[0].at;
}
