// Runs for a moment inside a bot's network that is kept, before the bot starts anew on another exit: opens connections
// there for the launcher. It ends with the launcher's channel.
import { dialOnRequest } from "./dial-on-request.ts";

process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
dialOnRequest();
