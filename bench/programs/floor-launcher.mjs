// The least that a launcher on PostgreSQL can be: one connection, four statements, and a child that dies with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--semi-space-growth-factor=1");
const [packages, config, ...command] = process.argv.slice(2);
const { default: pg } = await import(packages);
const client = new pg.Client(JSON.parse(config));
await client.connect();
await client.query("select max(id) from launch.migrations");
await client.query("select count(*) from launch.leases");
await client.query("insert into launch.leases select * from launch.leases where false");
await client.query("insert into launch.runs select * from launch.runs where false");
const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...command], {
  stdio: ["ignore", "inherit", "inherit"],
  detached: true,
});
process.on("SIGTERM", () => process.kill(0 - child.pid, "SIGTERM"));
await once(child, "exit");
await client.query("select 1");
process.exit(0);
