// A desk of bots with a proxy each, on the lab's witnesses, proxies and venue.
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("../..", import.meta.url));

/** Opens a stage with so many accounts, b-1 and so on, whose bots run the command. */
export async function openDesk({ bots, tier, command }) {
  const { openStage } = await import(`${here}/dist/tests/lab/stage.js`);
  const names = Array.from({ length: bots }, (_, index) => `b-${index + 1}`);
  const stage = await openStage({
    proxies: Object.fromEntries(names.map((name) => [`p-${name}`, "http"])),
    bin: `${here}/bin/launch`,
    yaml: ({ folder }) =>
      `defaults: { isolation: ${tier}, stop: { grace: 2s } }\nbots: { "b-*": { command: ${JSON.stringify(command(folder))} } }`,
  });
  const ok = async (words, input) => {
    const result = await stage.launch(words, input === undefined ? {} : { input });
    if (result.exitCode !== 0)
      throw new Error(`launch ${words.join(" ")}: ${result.exitCode} ${result.stderr}`);
    return result.stdout;
  };
  await ok(["init"]);
  for (const name of names) {
    const { endpoint, user, pass, label } = stage.proxies.get(`p-${name}`);
    const words = ["account", "add", name, "--proxy-label", label, "--proxy-endpoint", endpoint];
    await ok([...words, "--proxy-user", user, "--proxy-pass-stdin"], `${pass}\n`);
  }
  return { stage, names, ok };
}
