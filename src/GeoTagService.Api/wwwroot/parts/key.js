// Asks for the service's key when it wants one.
import { $, listen } from "./dom.js";
import { onKeyWanted } from "../service.js";

export function watchForKey() {
  const dialog = $("key-dialog"), form = $("key-form"), input = $("key");
  onKeyWanted((wrong) => new Promise((done) => {
    $("key-said").textContent = wrong
      ? "The service does not know that key."
      : "It is kept until this tab is closed, and sent to this service alone.";
    input.value = "";
    let answer = null;
    form.onsubmit = () => { answer = input.value.trim() || null; };
    dialog.onclose = () => done(answer);
    if (!dialog.open) dialog.showModal();
  }));
  listen("key-cancel", "click", () => dialog.close());
}
