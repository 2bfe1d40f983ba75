// A desk of bots with a proxy each, on the lab's witnesses, proxies and venue.

import { built, root } from "../harness/places.mjs";
import { configOf } from "../store/own-database.mjs";

/** Opens a stage with so many accounts, b-1 and so on, whose bots run the command; `own` are settings of single bots, `more` further lines of launch.yaml. */
export async function openDesk({ bots, tier, command, own = {}, more = () => "", grace = "2s" }) {
  const { openStage } = await built("tests/lab/stage.js");
  const names = Array.from({ length: bots }, (_, index) => `b-${index + 1}`);
  const stage = await openStage({
    proxies: Object.fromEntries(names.map((name) => [`p-${name}`, "http"])),
    bin: `${root}/bin/launch`,
    yaml: (place) =>
      [
        `defaults: { isolation: ${tier}, stop: { grace: ${grace} } }`,
        `bots: ${JSON.stringify({ "b-*": { command: command(place.folder) }, ...own })}`,
        more(place),
      ].join("\n"),
  });
  const ok = async (words, input) => {
    const result = await stage.launch(words, input === undefined ? {} : { input });
    if (result.exitCode !== 0)
      throw new Error(`launch ${words.join(" ")}: ${result.exitCode} ${result.stderr}`);
    return result.stdout;
  };
  try {
    await ok(["init"]);
    for (const name of names) {
      const { endpoint, user, pass, label } = stage.proxies.get(`p-${name}`);
      const words = ["account", "add", name, "--proxy-label", label, "--proxy-endpoint", endpoint];
      await ok([...words, "--proxy-user", user, "--proxy-pass-stdin"], `${pass}\n`);
    }
  } catch (error) {
    await stage.close();
    throw error;
  }
  const database = async () => configOf(new URL((await ok(["db", "url"])).trim()));
  return { stage, names, ok, database };
}
