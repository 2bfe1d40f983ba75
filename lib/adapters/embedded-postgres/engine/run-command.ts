import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

export interface CommandRequest {
  readonly file: string;
  readonly args: readonly string[];
  /** The user to drop to; this process's own when left out. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly searchPath?: string | undefined;
  /** Killed after this long. */
  readonly timeoutMs: number;
  readonly input?: string | undefined;
  /** Both outputs go to this descriptor instead of being collected. */
  readonly outputTo?: number | undefined;
}

export interface CommandResult {
  /** Undefined when it did not start or was killed. */
  readonly code: number | undefined;
  /** Standard output and standard error as they came, at most the last 16 KiB. */
  readonly output: string;
  /** It was killed because it took longer than `timeoutMs`. */
  readonly wasTooSlow: boolean;
}

/** Runs a command to its end with a clean environment; never rejects. */
export function runCommand(request: CommandRequest): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = startChild(request);
    if (typeof child === "string") {
      resolve({ code: undefined, output: child, wasTooSlow: false });
      return;
    }
    let output = "";
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-16_384);
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.stdin?.on("error", () => {});
    child.stdin?.end(request.input);
    child.on("error", (error) => resolve({ code: undefined, output: error.message, wasTooSlow: false }));
    // Not "close": a server that the command leaves behind may hold the pipes.
    child.on("exit", (code, signal) => {
      if (signal !== null) collect(Buffer.from(`\nended by SIG${signal.replace(/^SIG/, "")}`));
      // Nothing but the timeout kills through this handle.
      const wasTooSlow = child.killed;
      setImmediate(() => resolve({ code: code ?? undefined, output: output.trim(), wasTooSlow }));
    });
  });
}

// Some refusals are thrown (a user that is not known in this namespace), others are events.
function startChild(request: CommandRequest): ChildProcess | string {
  try {
    return spawn(request.file, request.args, spawnOptions(request));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The environment of every database process: nothing of the operator's shell is passed on. */
export function serverEnvironment(searchPath: string | undefined): Record<string, string> {
  return { PATH: searchPath ?? "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}

function spawnOptions(request: CommandRequest): SpawnOptions {
  const out = request.outputTo ?? "pipe";
  return {
    ...request.user,
    cwd: "/",
    env: serverEnvironment(request.searchPath),
    stdio: [request.input === undefined ? "ignore" : "pipe", out, out],
    timeout: request.timeoutMs,
    killSignal: "SIGKILL",
  };
}
