// How the page is built, and kept while it changes. First of the files that go out as one script.
//
// What is shown is built anew from what it shows; what stands there becomes like it. So focus, a
// selection and what is being typed survive a refresh. Text goes in as text, never as markup.
"use strict";

// Properties that `become` takes over beside attributes and children.
const HANDLERS = ["onclick", "onfocus", "oninput", "onsubmit"];
// So many messages stay at a time.
const NOTICES_MOST = 4;
// What an item shows, and what names it, by its element.
const built = new WeakMap();

const $ = (id) => document.getElementById(id);

function make(tag, fields = {}, ...children) {
  const element = Object.assign(document.createElement(tag), fields);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// Makes `old` look and act like `fresh`, and touches only what differs.
function become(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return undefined;
  }
  for (const name of new Set([...old.getAttributeNames(), ...fresh.getAttributeNames()])) {
    const value = fresh.getAttribute(name);
    // What a click changes stays: `does` has the one, what is unfolded the other.
    if (name === "aria-disabled" || name === "open" || value === old.getAttribute(name)) continue;
    if (value === null) old.removeAttribute(name);
    else old.setAttribute(name, value);
  }
  for (const name of HANDLERS) old[name] = fresh[name];
  const parts = [...fresh.childNodes];
  [...old.childNodes].forEach((part, place) => {
    if (place < parts.length) become(part, parts[place]);
    else part.remove();
  });
  old.append(...parts.slice(old.childNodes.length));
  return undefined;
}

// Makes a list's items the given ones. `name` tells which is which: an item keeps its element as
// long as it is there.
function list(parent, items, name, build, empty) {
  const old = new Map([...parent.children].reverse().map((child) => [built.get(child)?.name, child]));
  const wanted = items.map((item) => element(old, name(item), item, build));
  if (!wanted.length && empty) {
    const nothing = (textContent) => make("li", { className: "empty", textContent });
    wanted.push(element(old, "empty", empty, nothing));
  }
  arrange(parent, wanted);
}

// The element of an item: that of the same name, if there is one, which it takes out of `old`.
function element(old, name, item, build) {
  const key = JSON.stringify(name);
  const shows = JSON.stringify([item, new Date().toDateString()]); // `when` leaves today out
  const found = old.get(key);
  old.delete(key); // of two of one name, the second is built
  if (found && built.get(found).shows !== shows) become(found, build(item));
  const it = found || build(item);
  built.set(it, { name: key, shows });
  return it;
}

// Leaves the wanted elements in a list, in their order. To be moved costs an element its focus, so that the one
// that has it stays, and the others are moved around it.
function arrange(parent, wanted) {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  const inUse = [document.activeElement, getSelection().anchorNode];
  let place = parent.firstElementChild;
  for (const child of wanted) {
    if (child.parentNode === parent && inUse.some((node) => child.contains(node))) {
      while (place !== child) {
        const next = place.nextElementSibling;
        parent.append(place);
        place = next;
      }
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
}

// Shows something. Who was on what is gone by it finds itself at `place`, or at the heading above
// it, and not outside of the page.
function withFocus(show, place) {
  const was = document.activeElement;
  const section = was.closest("section");
  show();
  if (was.checkVisibility()) return;
  const heading = section?.checkVisibility() ? section.querySelector("h2") : $("main");
  heading.tabIndex = -1;
  (place || heading).focus({ preventScroll: true });
}

// Runs a click's work: meanwhile another click does nothing, and what goes wrong is said. The
// button is not disabled for it: it would lose the focus.
function does(button, work) {
  button.onclick = async ({ currentTarget: it }) => {
    if (it.ariaDisabled) return;
    it.ariaDisabled = "true";
    try {
      await work();
    } catch (error) {
      tell(error.message);
    } finally {
      it.ariaDisabled = null;
    }
  };
  return button;
}

// What went wrong, or is to be read in peace, stays until it is closed.
function tell(text) {
  const close = make("button", { textContent: "Close", ariaLabel: `Close: ${text}` });
  const row = make("li", {}, sentence("span", text), close);
  close.onclick = () => withFocus(() => row.remove());
  const same = [...$("notices").children].find((it) => it.textContent === row.textContent);
  same?.remove();
  while ($("notices").children.length >= NOTICES_MOST) $("notices").firstChild.remove();
  $("notices").append(row);
}

let toasting;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(toasting);
  toasting = setTimeout(() => { $("toast").textContent = ""; }, 6000);
}

// A sentence; what stands in backticks is something to type, or a name, and an address a link.
function sentence(tagName, text) {
  const parts = text.split("`");
  return make(tagName, {}, ...parts.flatMap((part, place) =>
    (place % 2 && part ? make("code", { textContent: part }) : linked(part))));
}

// What follows an address in a sentence is none of it.
function linked(text) {
  return text.split(/(https:\/\/[^\s"<>]*[^\s"<>.,:;!?()])/).map((part, place) => (place % 2
    ? make("a", { href: part, textContent: part, target: "_blank", rel: "noreferrer" })
    : part));
}

function when(text) {
  const date = new Date(text);
  const today = date.toDateString() === new Date().toDateString();
  const clock = { hour: "2-digit", minute: "2-digit" };
  const format = today ? clock : { day: "numeric", month: "short", ...clock };
  const title = date.toLocaleString([], { dateStyle: "medium", timeStyle: "long" }); // with the zone
  return make("time", { dateTime: text, title, textContent: date.toLocaleString([], format) });
}

const tag = (text, tone) => make("span", { className: `tag ${tone || ""}`, textContent: text });
const words = (...parts) => parts.filter(Boolean).join(" · ");

// A text with a button that copies it. The focus stays on the button.
function copyable(text, what) {
  const field = make("input", { readOnly: true, defaultValue: text, ariaLabel: what });
  field.onfocus = ({ currentTarget }) => currentTarget.select();
  const copy = does(make("button", { textContent: "Copy", ariaLabel: `Copy ${what}` }), async () => {
    // Browsers give the clipboard to pages with https or on localhost only, and may refuse it.
    const given = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    if (!given && !copyByEvent(text)) throw new Error("Select the text and press Ctrl+C to copy.");
    toast("Copied.");
  });
  return make("div", { className: "url" }, field, copy);
}

function copyByEvent(text) {
  let given = false;
  const give = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    given = true;
  };
  document.addEventListener("copy", give);
  document.execCommand("copy");
  document.removeEventListener("copy", give);
  return given;
}
