// The settings: one row each, and an editor where the page may change one. Goes out behind page.js,
// as one script with it.

async function loadSettings() {
  const answer = await fetch("api/settings");
  if (answer.status === 401) return location.reload();
  const { file, restart, settings } = await answer.json();
  $("file").textContent = file ? `From ${file}.` : "There is no config file.";
  const sections = [...new Set(settings.map((row) => row.section))];
  const fixed = (name) => !settings.some((row) => row.section === name && row.control);
  sections.sort((a, b) => fixed(a) - fixed(b));
  list($("settings").querySelector(".sections"), sections, (name) => make("li", {},
    make("h3", { textContent: { "": "General", account: "[[account]]" }[name] || `[${name}]` }),
    make("ul", { className: "rows" })));
  sections.forEach((name, place) => {
    const rows = settings.filter((row) => row.section === name)
      .map((row) => ({ ...row, waits: restart.includes(row.key) }));
    list($("settings").querySelectorAll(".sections ul")[place], rows, setting);
  });
  return undefined;
}

function setting(row) {
  const id = `set-${row.key}`;
  const from = {
    file: row.line ? `line ${row.line}` : "file", environment: "environment", default: "default",
  }[row.origin];
  const head = make("div", { className: "head" },
    make(row.control ? "label" : "strong", row.control ? { htmlFor: id } : {},
      make("code", { textContent: row.account ? `${row.account}: ${row.key}` : row.key })),
    tag(from, row.origin === "default" ? "" : "good"),
    row.waits ? tag("changed, waits for a restart", "warn") : "");
  const notes = [row.meaning, row.range ? `${row.takes}.` : "", `Default: ${plain(row.default)}.`];
  if (row.origin === "environment" && row.variable) notes.push(`Set by ${row.variable}, which beats the file.`);
  if (row.restart) notes.push("Needs a restart.");
  const meaning = make("p", { className: "dim", id: `${id}-meaning`, textContent: notes.filter(Boolean).join(" ") });
  const edit = row.control ? editor(row, id) : make("p", {}, make("code", { textContent: plain(row.value) }));
  return make("li", {}, head, meaning, edit);
}

const plain = (value) => (Array.isArray(value) ? value.join(", ") || "none" : String(value) || "none");

function editor(row, id) {
  const [field, read] = {
    switch: () => {
      const box = make("input", { type: "checkbox", checked: row.value });
      return [box, () => box.checked];
    },
    number: () => {
      const { least, most } = row.range;
      const box = make("input", { type: "number", min: least, max: most, step: "any", value: row.value });
      return [box, () => (box.value === "" ? "" : Number(box.value))];
    },
    list: () => {
      const rows = Math.max(2, row.value.length + 1);
      const box = make("textarea", { rows, value: row.value.join("\n"), spellcheck: false, placeholder: "one a line" });
      return [box, () => box.value.split("\n")];
    },
  }[row.control]();
  field.id = id;
  field.setAttribute("aria-describedby", `${id}-meaning`);
  const said = make("div", {});
  said.setAttribute("role", "status");
  const save = async (value) => {
    const answer = await ask("set", { key: row.key, value });
    said.replaceChildren();
    if (!answer.saved) {
      said.append(sentence("p", answer.why), make("pre", { textContent: answer.lines }));
      return;
    }
    await loadSettings();
    if ($(id)) $(id).focus();
    toast(`${row.key} is saved and counts from now on.`);
  };
  const named = (text, more) => make("button", { textContent: text, ariaLabel: `${text}: ${row.key}`, ...more });
  const form = make("form", { className: "edit", noValidate: true }, field,
    row.range ? make("span", { className: "dim", textContent: row.range.unit }) : "",
    does(named("Save"), () => save(read())),
    row.origin === "file" ? does(named("Use the default", { type: "button", className: "quiet" }), () => save(null)) : "");
  form.addEventListener("submit", (event) => event.preventDefault());
  return make("div", {}, form, said);
}

$("settings").querySelector("details").addEventListener("toggle", (event) => {
  if (event.target.open) loadSettings().catch((error) => toast(error.message));
});
