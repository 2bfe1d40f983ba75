import { runtimes } from "../../domain/run/unit.ts";

const program = new RegExp(`(?:^|[\\s/;&|('"])(${runtimes.join("|")})(?:[\\d.]*)(?=$|[\\s;&|)'"])`);

/** The program that a command of another one seems to start, such as `env A=b node bot.mjs` or `sh -c "exec python3 bot.py"`, and what starts it. */
export function wrappedProgram(
  command: readonly string[],
): { readonly wrapper: string; readonly runtime: (typeof runtimes)[number] } | undefined {
  const [first = "", ...words] = command;
  const found = words.map((word) => program.exec(word)?.[1]).find((name) => name !== undefined);
  const runtime = runtimes.find((name) => name === found);
  return runtime && { wrapper: first.slice(first.lastIndexOf("/") + 1), runtime };
}
