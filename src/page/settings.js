// The settings: one row each, and an editor where the page may change one.

let settings = null;
// What was said of a change that did not come about, by key: beside its field until the next try.
const answers = new Map();

// Shows them as they are now; who was on what is gone by that finds itself at the field of `key`.
async function loadSettings(key) {
  const answer = await fetched("api/settings");
  settings = await answer.json();
  return withFocus(showSettings, $(fieldOf(key)));
}

function showSettings() {
  const { file, copy, restart } = settings;
  const copied = copy ? "; scrobbled runs on systemd's copy of it: run `systemctl reload scrobbled` after a change" : "";
  $("file").replaceChildren(...sentence("p", file ? `From \`${file}\`${copied}.` : "There is no config file.").childNodes);
  // Each of several media servers of a kind is a section of its own.
  const section = ({ section, server }) => (server ? `[[${section}]] ${server}` : { "": "General", account: "[[account]]", receiver: "[[receiver]]" }[section] || `[${section}]`);
  const of = (name) => settings.settings.filter((row) => section(row) === name);
  const sections = [...new Set(settings.settings.map(section))];
  const fixed = (name) => !of(name).some((row) => row.control);
  sections.sort((a, b) => fixed(a) - fixed(b));
  list($("settings").querySelector(".sections"), sections, (name) => name, (name) => make("li", {},
    make("h3", { textContent: name }),
    make("ul", { className: "rows" })));
  sections.forEach((name, place) => {
    const rows = of(name).map((row) => (
      { ...row, waits: restart.includes(row.key), answer: answers.get(row.key) }));
    list($("settings").querySelectorAll(".sections ul")[place], rows, (row) => [row.account, row.key], setting);
  });
}

// A key may have blanks: the name of a media server is in it.
const fieldOf = (key) => `set-${encodeURIComponent(key)}`;

function setting(row) {
  const id = fieldOf(row.key);
  const from = {
    file: row.line ? `line ${row.line}` : "file", environment: "environment", default: "default",
  }[row.origin];
  const head = make("div", { className: "head" },
    make(row.control ? "label" : "strong", row.control ? { htmlFor: id } : {},
      make("code", { textContent: row.account ? `${row.account}: ${row.key}` : row.key })),
    tag(from, row.origin === "default" ? "" : "good"),
    row.waits ? tag("changed, in effect after a restart", "warn") : "");
  const notes = [row.meaning, row.range ? `${row.takes}.` : "", `Default: ${plain(row.default)}.`];
  if (row.origin === "environment" && row.variable) notes.push(`Set by ${row.variable}, which overrides the file.`);
  if (row.restart) notes.push("Needs a restart.");
  const meaning = make("p", { className: "dim", id: `${id}-meaning`, textContent: notes.filter(Boolean).join(" ") });
  const edit = row.control ? editor(row, id) : make("p", {}, make("code", { textContent: plain(row.value) }));
  return make("li", {}, head, meaning, edit);
}

const plain = (value) => (Array.isArray(value) ? value.join(", ") || "none" : String(value) || "none");

// What a field holds stands as its default: what is being typed lies above that and stays.
const FIELDS = {
  switch: (row) => make("input", { type: "checkbox", defaultChecked: row.value }),
  number: ({ value, range }) =>
    make("input", { type: "number", min: range.least, max: range.most, step: "any", defaultValue: value }),
  list: ({ value }) => make("textarea", {
    rows: Math.max(2, value.length + 1), defaultValue: value.join("\n"), spellcheck: false, placeholder: "one per line",
  }),
};
const READ = {
  switch: (field) => field.checked,
  number: (field) => (field.value === "" ? "" : Number(field.value)),
  list: (field) => field.value.split("\n"),
};

// A line with a comma is one entry, though it looks like several.
function oneOfSeveral(lines) {
  const line = lines.find((entry) => entry.includes(","));
  return line ? [sentence("p", `\`${line.trim()}\` is one entry. If they are several, write each on a line of its own.`)] : [];
}

function editor(row, id) {
  const field = FIELDS[row.control](row);
  field.id = id;
  field.setAttribute("aria-describedby", `${id}-meaning`);
  if (row.answer?.refused) field.setAttribute("aria-invalid", "true");
  const said = make("div", { className: "said" });
  said.setAttribute("role", "status");
  if (row.answer) said.append(sentence("p", row.answer.why));
  if (row.answer?.lines) said.append(make("pre", { textContent: row.answer.lines }));
  const named = (text, more) => make("button", { textContent: text, ariaLabel: `${text}: ${row.key}`, ...more });
  const form = make("form", { className: "edit", noValidate: true }, field,
    row.range ? make("span", { className: "dim", textContent: row.range.unit }) : "",
    does(named("Save"), () => save(row.key, READ[row.control]($(id)))),
    row.origin === "file" ? does(named("Use the default", { type: "button", className: "quiet" }), () => save(row.key, null)) : "");
  form.onsubmit = (event) => event.preventDefault();
  const note = make("div", { className: "dim" });
  note.setAttribute("role", "status");
  if (row.control === "list") {
    const look = (it) => oneOfSeveral(READ.list(it));
    field.oninput = ({ target }) => target.form.nextElementSibling.replaceChildren(...look(target));
    note.append(...look(field));
  }
  return make("div", {}, form, note, said);
}

async function save(key, value) {
  let answer;
  try {
    answer = await ask("set", { key, value });
  } catch (refused) {
    answer = { refused: true, why: refused.message };
  }
  if (!answer.saved) {
    answers.set(key, answer);
    return showSettings();
  }
  // What is odd since then stays beside the field until the next change of it.
  answers.delete(key);
  if (answer.findings.length) answers.set(key, { why: answer.findings.join("; ") });
  await loadSettings(key);
  $(fieldOf(key))?.form.reset(); // it shows what was saved
  refresh();
  return toast(`${key} is saved and in effect.`);
}

$("settings").querySelector("details").addEventListener("toggle", (event) => {
  if (event.target.open) loadSettings().catch((error) => tell(error.message));
});
