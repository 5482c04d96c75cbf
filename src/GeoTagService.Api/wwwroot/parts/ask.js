// Small dialogs: a question, or a few fields.
import { button, h } from "./dom.js";

/** Asks before something that cannot be taken back. */
export const confirm = (title, text, action) => ask(title, [h("p", {}, text)], action, () => true, "danger");

/** Shows fields; answers with what read() gives when the action is chosen, else with null. */
export function ask(title, body, action, read, style = "primary") {
  return new Promise((done) => {
    let answer = null;
    const heading = h("h2", { id: "ask-heading" }, title);
    const dialog = h("dialog", { "aria-labelledby": "ask-heading" },
      h("form", { method: "dialog", onsubmit: () => { answer = read(); } }, heading, body,
        h("div", { class: "row end" },
          button("button", () => dialog.close(), {}, "Cancel"),
          h("button", { class: `button ${style}` }, action))));
    dialog.addEventListener("close", () => { dialog.remove(); done(answer); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
