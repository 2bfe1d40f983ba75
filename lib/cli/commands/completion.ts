import type { KnownNames } from "../../compose/database/known-names.ts";
import { UsageError } from "../../errors.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { type Candidate, complete } from "../completion/complete.ts";
import { completionScript, shells } from "../completion/shell-scripts.ts";
import type { WordKind } from "../words/word-kinds.ts";

export const usage = {
  details:
    "Completes commands, flags, and the names of your accounts, proxies, bots and collectors. Put the line for your shell into its start file. Names come from the database where it runs on this host, else as `launch account ls` listed them last; nothing is started and nothing goes over the network.",
  examples: [
    "echo 'source <(launch completion bash)' >> ~/.bashrc",
    "echo 'source <(launch completion zsh)' >> ~/.zshrc    # after compinit",
    "launch completion fish > ~/.config/fish/completions/launch.fish",
  ],
  operands: [{ name: "shell", help: "`bash`, `zsh` or `fish`.", arity: "one" }],
  command: true,
} as const satisfies CommandUsage;

/** Gives back the script; the scripts themselves ask with `words`, which is no shell. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { shell } = context.args;
  if (shell === "words") return await words(context);
  const script = completionScript(shell);
  if (script === undefined)
    throw new UsageError("LAUNCH_INVALID_VALUE", `There is no completion for "${shell}".`, {
      hint: `It can be: ${shells.join(", ")}.`,
    });
  return { data: { version: 1, shell, script }, text: () => script.trimEnd() };
}

async function words(context: Context<typeof usage>): Promise<Outcome> {
  const completion = await complete(context.command);
  if (completion.kind === "names" && isOfShell(completion.of))
    return { data: { version: 1, words: [] }, text: () => `:${completion.of}` };
  const candidates =
    completion.kind === "words"
      ? completion.words
      : namesOf(await lookUp(context), completion.of, context.command.at(-1) ?? "");
  return {
    data: { version: 1, words: candidates.map(({ word }) => word) },
    ...(candidates.length === 0 ? {} : { text: () => candidates.map(lineOf).join("\n") }),
  };
}

async function lookUp(context: Context<typeof usage>): Promise<KnownNames> {
  const [config, { openWorkspace }, { knownNames }] = await Promise.all([
    context.loadConfig(),
    import("../../compose/workspace.ts"),
    import("../../compose/database/known-names.ts"),
  ]);
  // Not the context's: closing that would wait for a database that does not answer.
  return await knownNames(await openWorkspace(config, { say: () => undefined }));
}

function isOfShell(kind: WordKind): boolean {
  return kind === "files" || kind === "folders";
}

function namesOf(
  { accounts, proxies, bots, collectors, channels }: KnownNames,
  kind: WordKind,
  typed: string,
): readonly Candidate[] {
  const own = [...accounts, ...bots.filter((name) => !/[*?]/.test(name))];
  const lists: Partial<Record<WordKind, readonly string[]>> = {
    accounts: unitNames(own, [], typed),
    bots: unitNames(own, [], typed),
    proxies,
    collectors: unitNames([], collectors, typed),
    channels,
    units: unitNames(own, collectors, typed),
  };
  return [...new Set(lists[kind] ?? [])].toSorted().map((word) => ({ word }));
}

// A bot and a collector of one name are told apart by what stands before it.
function unitNames(bots: readonly string[], collectors: readonly string[], typed: string): readonly string[] {
  if (typed.startsWith("bot:")) return bots.map((name) => `bot:${name}`);
  if (typed.startsWith("collector:")) return collectors.map((name) => `collector:${name}`);
  return [...bots, ...collectors];
}

function lineOf({ word, help }: Candidate): string {
  return help === undefined ? word : `${word}\t${help}`;
}
