import type { ProxyScheme } from "../../domain/proxy/proxy-endpoint.ts";
import { fieldProblem, loginProblem } from "../../domain/proxy-list/proxy-login.ts";
import { UsageError } from "../../errors.ts";

/** Refuses a user that no proxy of the scheme could be given, or that is a whole entry; the text is not quoted. */
export function requireUser(user: string, scheme: ProxyScheme): void {
  if (user === "") throw new UsageError("LAUNCH_INVALID_VALUE", "--proxy-user is empty.");
  const problem = fieldProblem("its user", user) ?? loginProblem(scheme, { user, secretText: "" });
  if (problem !== undefined)
    throw new UsageError("LAUNCH_INVALID_VALUE", `The credential cannot be used: ${problem}.`, {
      hint: "Give only the user with --proxy-user, and the password with --proxy-pass-stdin.",
    });
}
