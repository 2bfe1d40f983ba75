import { bundle } from "../../harness/bundle.mjs";
import { timed } from "../../harness/measure.mjs";
import { program, root } from "../../harness/places.mjs";
import { fillRuns } from "../../store/fill-runs.mjs";
import { openOwnDatabase } from "../../store/own-database.mjs";
import { openSupervisors } from "../../supervisors/supervisors.mjs";

const floor = "node -e 0";
const bin = `${root}/bin/launch`;

/** The commands that a user types most, against the shortest program of Node and against what other supervisors take to list. */
export const commands = {
  name: "commands",
  title: "`--version`, `--help`, completion, `ps`",
  rounds: 9,
  limits:
    "Each command is a Node that reads one bundled file; completion and `ps` connect to the database, too. `ps` is compared with a " +
    "program that connects, selects the same rows and prints them. Each account has 30 ended runs beside its live one; `ps` is `ps --running`, and " +
    "both print JSON.",
  figures: { time: { unit: "ms", floor } },
  targets: [
    { figure: "time", way: "launch --version", ratio: 1.1 },
    { figure: "time", way: "launch --help", ratio: 1.1 },
    { figure: "time", way: "completion of a name", ratio: 1.9 },
    { figure: "time", way: "launch ps of 1", ratio: 1.9 },
    ...[100, 10_000].map((count) => ({
      figure: "time",
      way: `launch ps of ${count}`,
      ratio: 1.3,
      to: `select and print ${count}`,
    })),
    { figure: "time", way: "launch ps --all of 10000", ratio: 2, to: "select and print 10000" },
  ],
  async open(tools) {
    const isSmoke = tools.size === "smoke";
    const sizes = isSmoke ? [1] : [1, 100, 10_000];
    const packages = await bundle(tools, "pg");
    const desks = {};
    for (const count of sizes) desks[count] = await openFilled(tools, count);
    const once = (words, where = desks[1]) => ours(tools, where, [process.execPath, ...words]);
    return {
      [floor]: () => once(["-e", "0"]),
      "launch --version": () => once([bin, "--version"]),
      "launch --help": () => once([bin, "--help"]),
      "completion of a name": () => once([bin, "completion", "words", "--", "bot", "account-"]),
      ...Object.fromEntries(
        sizes.flatMap((count) => [
          [`select and print ${count}`, () => once(selectWords(packages, desks[count]), desks[count])],
          [`launch ps of ${count}`, () => once([bin, "ps", "--running", "--json"], desks[count])],
          [`launch ps --all of ${count}`, () => once([bin, "ps", "--all", "--json"], desks[count])],
        ]),
      ),
      ...(await listsOfOthers(tools, isSmoke ? [1] : [1, 100])),
    };
  },
};

async function openFilled({ atEnd, size }, accounts) {
  const own = await openOwnDatabase();
  atEnd(own.close);
  await fillRuns(own.client, { accounts, ended: size === "smoke" ? 1 : 30 });
  return own;
}

function selectWords(packages, { config }) {
  return [program("select-runs.mjs"), packages, JSON.stringify(config)];
}

async function ours({ quiet }, { run }, words) {
  await quiet();
  return { time: await timed(() => run(words)) };
}

/** The list of each supervisor with so many sleeping units. */
async function listsOfOthers(tools, sizes) {
  const ways = {};
  for (const count of sizes) {
    const units = Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`unit-${n}`, ["/bin/sleep", "100000"]]),
    );
    for (const [name, supervisor] of Object.entries(await openSupervisors(tools, units))) {
      await supervisor.startAll();
      ways[`${listNames[name]}, ${count}`] = async () => {
        await tools.quiet();
        return { time: await timed(() => supervisor.list()) };
      };
    }
  }
  return ways;
}

const listNames = { runit: "sv status", s6: "s6-svstat", supervisord: "supervisorctl status", pm2: "pm2 ls" };
