import type { Credential } from "../../domain/proxy/credential.ts";
import type { ProxyScheme } from "../../domain/proxy/proxy-endpoint.ts";
import { fieldProblem, loginProblem } from "../../domain/proxy-list/proxy-login.ts";
import { UsageError } from "../../errors.ts";

/** Refuses a user that no proxy of the scheme could be given, or that is a whole entry; the text is not quoted. */
export function requireUser(user: string, scheme: ProxyScheme): void {
  if (user === "") throw new UsageError("LAUNCH_INVALID_VALUE", "--proxy-user is empty.", { hint });
  const problem =
    fieldProblem("its user", user) ?? loginProblem(scheme, { user, secretText: "" }) ?? marksOf(user);
  if (problem !== undefined)
    throw new UsageError("LAUNCH_INVALID_VALUE", `The credential cannot be used: ${problem}.`, { hint });
}

/** The same of both, and refuses a password that was copied together with its user (user:password). */
export function requireLogin({ user, secret }: Credential, scheme: ProxyScheme): void {
  requireUser(user, scheme);
  const plain = user.replaceAll(/[^A-Za-z0-9]/g, "\\$&");
  if (user.length < 3 || !secret.matches(new RegExp(`^${plain}:.`))) return;
  throw new UsageError(
    "LAUNCH_INVALID_VALUE",
    "The credential cannot be used: its password begins with the user and a colon.",
    {
      hint: "Copy only what stands behind the colon. If all of it is the password, import the proxy as JSON.",
    },
  );
}

const hint = "Give only the user with --proxy-user, and the password with --proxy-pass-stdin.";

function marksOf(user: string): string | undefined {
  if (user.trim() !== user) return "its user begins or ends with a space";
  return /^(["'`]).*\1$|^[“”„«‘’‚]/.test(user) ? "its user is in quotes" : undefined;
}
