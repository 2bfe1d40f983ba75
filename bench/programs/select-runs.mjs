// The least that `launch ps --json` does: connect, select the same rows, print them; with `all` the last run of each unit.
const [packages, config, which] = process.argv.slice(2);
const { default: pg } = await import(packages);
const live = "select * from launch.runs where ended_at is null order by name";
const last = "select distinct on (unit_key) * from launch.runs order by unit_key, started_at desc";
const client = new pg.Client(JSON.parse(config));
await client.connect();
const { rows } = await client.query(which === "all" ? last : live);
process.stdout.write(JSON.stringify({ version: 1, runs: rows }, undefined, 2));
await client.end();
