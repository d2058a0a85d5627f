// Draws the figures of a page from the JSON in it: chosen rows as chart, words, table and CSV file.
"use strict";

const page = JSON.parse(document.getElementById("data").textContent);
const darkScreen = matchMedia("(prefers-color-scheme: dark)");
const choice = { course: null, course_run: null };
const figures = [];
const drawnIn = {}; // the colours that charts were drawn in, by name
const rampNames = [1, 2, 3, 4, 5].map((step) => "heat-" + step);

// ---- values ---------------------------------------------------------------------------------------------------------

const numberFormats = {
  count: new Intl.NumberFormat(page.language, { maximumFractionDigits: 0 }),
  share: new Intl.NumberFormat(page.language, { style: "percent", maximumFractionDigits: 1 }),
  number: new Intl.NumberFormat(page.language, { maximumFractionDigits: 2 }),
};
const dayFormat = new Intl.DateTimeFormat(page.language, { day: "numeric", month: "short", year: "numeric" });

const monthFormat = new Intl.DateTimeFormat(page.language, { month: "short", year: "numeric" });

function day(text) {
  const [year, month, date] = text.split("-").map(Number);
  return new Date(year, month - 1, date);
}

function told(column, value) {
  if (value === null) return column.name in choice ? page.texts.all : page.texts.withheld;
  if (column.kind === "date") return dayFormat.format(day(value));
  if (column.kind === "month") return monthFormat.format(day(value));
  return column.kind in numberFormats ? numberFormats[column.kind].format(value).replace("-", "\u2212") : value;
}

// A cell of the CSV file. Spreadsheets run texts that begin like a formula: these get an apostrophe before them.
function cell(column, value) {
  if (value === null) return column.name in choice ? quoted(page.texts.all) : "";
  return typeof value === "number" ? String(value) : quoted(value);
}

function quoted(text) {
  const safe = /^[\s]*[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function decoded(columns) {
  const count = (columns[0].values ?? columns[0].places).length;
  const rows = [];
  for (let place = 0; place < count; place++) {
    const row = {};
    for (const column of columns) row[column.name] = column.values ? column.values[place] : column.distinct[column.places[place]];
    rows.push(row);
  }
  return rows;
}

// ---- colours and fonts: those of the style sheet --------------------------------------------------------------------

function colour(name, element = document.documentElement) {
  return getComputedStyle(element).getPropertyValue("--" + name).trim();
}

const hasRamp = (spec) => spec.encoding?.color?.type === "quantitative";

// The colours of heat maps on paper by share, 0 to 1, as Vega finds them between the steps.
function ramp(element) {
  const steps = rampNames.map((name) => colour(name, element).match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16)));
  return (share) => {
    const place = Math.min(Math.floor(share * (steps.length - 1)), steps.length - 2);
    const rest = share * (steps.length - 1) - place;
    return `rgb(${steps[place].map((part, which) => Math.round(part + rest * (steps[place + 1][which] - part))).join(", ")})`;
  };
}

// Before a page is printed there is no time to draw again: the colours of a dark screen are changed for those of paper.
function putOnPaper() {
  if (!darkScreen.matches) return;
  const paper = document.createElement("div");
  paper.className = "on-paper";
  document.body.append(paper);
  const series = Array.from({ length: 12 }, (_, place) => "series-" + (place + 1));
  const names = [...series, "ink", "ink-soft", "line", "line-strong", "muted", "card", "on-series", "good", "good-soft", "pale", "bad-soft", "bad", "middle"];
  const onPaper = new Map(names.map((name) => [drawnIn[name] ?? name, colour(name, paper)]));
  // between the steps of a ramp there are colours without a name
  const light = ramp(paper);
  for (const { drawing, spec } of figures) {
    const dark = drawing && hasRamp(spec) && drawing.view.scale("color");
    // shares have three decimals
    for (let share = 0; dark && share <= 1000; share++) onPaper.set(dark(share / 1000), light(share / 1000));
  }
  paper.remove();
  for (const mark of document.querySelectorAll(".chart svg *")) {
    for (const kind of ["fill", "stroke", "stop-color"]) {
      const found = onPaper.get(mark.getAttribute(kind));
      if (found) mark.setAttribute(kind, found);
    }
  }
  for (const patch of document.querySelectorAll(".legend span")) patch.style.background = onPaper.get(patch.dataset.colour) ?? patch.dataset.colour;
}

function theme() {
  const read = (name) => (drawnIn[name] = colour(name));
  const font = getComputedStyle(document.body).fontFamily;
  const narrow = isNarrow();
  const series = Array.from({ length: 12 }, (_, place) => read("series-" + (place + 1)));
  const config = {
    background: null,
    font,
    aria: false,
    locale: { number: page.number_locale, time: page.time_locale },
    view: { stroke: null },
    range: { category: series, heatmap: rampNames.map(read), ramp: rampNames.map(read) },
    text: { color: read("ink"), fontSize: 12 },
    rule: { color: read("muted") },
    axis: {
      labelColor: read("ink-soft"), titleColor: read("ink-soft"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal",
      gridColor: read("line"), domainColor: read("line-strong"), tickColor: read("line-strong"), labelPadding: 6, titlePadding: 10,
      labelLimit: narrow ? 170 : 300, labelSeparation: 4,
    },
    axisX: { grid: false, labelFlush: false },
    axisYQuantitative: { domain: false, ticks: false, tickCount: 5, titleAngle: 0, titleAlign: "left", titleAnchor: "start", titleBaseline: "bottom", titleX: 0, titleY: -10 },
    axisXQuantitative: { grid: true, tickCount: narrow ? 4 : 8 },
    axisXTemporal: { tickCount: narrow ? 4 : 10, labelOverlap: true },
    legend: {
      orient: "top", labelColor: read("ink-soft"), titleColor: read("ink-soft"), labelFontSize: 12, titleFontSize: 12,
      titleFontWeight: "normal", titleLimit: 400, gradientLength: narrow ? 110 : 220, gradientThickness: 10, offset: 14,
    },
  };
  const coloured = (node) => {
    if (typeof node === "string") return node.startsWith("var(--") ? read(node.slice(6, -1)) : node;
    if (Array.isArray(node)) return node.map(coloured);
    return node && typeof node === "object" ? Object.fromEntries(Object.entries(node).map(([key, value]) => [key, coloured(value)])) : node;
  };
  return { config, coloured };
}

const isNarrow = () => innerWidth < 640;

// The specification with the titles of its axes, and names that are lists of words, in lines that a narrow page has room for.
function inLines(spec) {
  if (!isNarrow()) return spec;
  const fit = (node) => {
    if (Array.isArray(node)) return node.map(fit);
    if (!node || typeof node !== "object") return node;
    const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fit(value)]));
    if (typeof copy.x?.title === "string") copy.x.title = copy.x.title.match(/\S.{0,29}(?=\s|$)/g);
    if (spec.usermeta.lists && copy.y?.axis) Object.assign(copy.y.axis, { labelExpr: "split(replace(datum.label, regexp(', ', 'g'), ',\\n'), '\\n')", labelOffset: -14 });
    return copy;
  };
  return fit(spec);
}

// ---- a figure -------------------------------------------------------------------------------------------------------

class Figure {
  constructor(name, content) {
    Object.assign(this, content);
    this.name = name;
    this.section = document.getElementById(name);
    this.columns = page.results[this.result];
    this.rows = decoded(this.columns);
    this.column = Object.fromEntries(this.columns.map((column) => [column.name, column]));
    this.chosen = {};
    for (const [name, first] of Object.entries(this.controls)) this.addControl(name, first);
    this.tableRegion = this.section.querySelector(".scroll");
    this.details = this.section.querySelector("details.table");
    this.details.addEventListener("toggle", () => this.tabulate());
    this.section.querySelector(".download").addEventListener("click", () => this.download());
  }

  addControl(name, first) {
    const label = document.createElement("label");
    const select = document.createElement("select");
    const values = [...new Set(this.rows.map((row) => row[name]))].filter((value) => value !== null);
    if (typeof values[0] === "number") values.sort((one, other) => one - other);
    for (const value of values) select.add(new Option(told(this.column[name], value), value));
    const places = { first: 0, last: values.length - 1, middle: Math.floor(values.length / 2) };
    const named = values.findIndex((value) => String(value) === first);
    select.selectedIndex = named >= 0 ? named : (places[first] ?? places.middle);
    select.id = this.name + "-" + name;
    select.dataset.column = name;
    label.append(this.column[name].label + " ", select);
    this.section.querySelector(".controls").append(label);
    this.chosen[name] = values[select.selectedIndex];
    select.addEventListener("change", () => {
      this.chosen[name] = values[select.selectedIndex];
      this.show();
    });
  }

  selected() {
    return this.rows.filter((row) => {
      for (const [column, match] of Object.entries(this.filters)) {
        if (match === "level" ? row[column] !== choice[column] : choice[column] !== null && row[column] !== choice[column]) return false;
      }
      return Object.entries(this.chosen).every(([column, value]) => row[column] === value);
    });
  }

  async show() {
    this.shown = this.selected();
    const words = this.words();
    const nothing = this.section.querySelector(".nothing");
    nothing.textContent = page.texts.nothing;
    nothing.hidden = this.shown.length > 0;
    this.section.querySelector(".words").textContent = words;
    this.stale = true;
    this.tabulate();
    await this.draw();
  }

  async draw() {
    const place = this.section.querySelector(".chart");
    if (!place) return;
    place.hidden = this.shown.length === 0;
    if (place.hidden) return;
    // a page that is not laid out yet has no width to draw to
    while (!place.clientWidth) await new Promise(requestAnimationFrame);
    const { config, coloured } = theme();
    const dates = this.columns.filter((column) => column.kind === "date" || column.kind === "month").map((column) => column.name);
    const values = this.shown.map((row) => {
      const copy = { ...row };
      for (const name of dates) if (copy[name] !== null) copy[name] = day(copy[name]).getTime();
      return copy;
    });
    const { column, step } = this.spec.usermeta.step ?? {};
    const height = step ? (this.spec.usermeta.lists && isNarrow() ? 48 : step) * new Set(values.map((row) => row[column])).size : this.spec.height;
    const specification = { ...coloured(inLines(this.spec)), datasets: { rows: values }, config, width: place.clientWidth, height, autosize: { type: "fit-x", contains: "padding" } };
    this.drawing?.finalize();
    this.drawing = await vegaEmbed(place, specification, { renderer: "svg", actions: false, tooltip: { theme: darkScreen.matches ? "dark" : "light" } });
    this.drawing.view.addEventListener("click", (_, item) => this.drill(item?.datum));
    // the figure is one image to a screen reader: its name, its words and its table say what is in it
    place.querySelector("svg").setAttribute("aria-hidden", "true");
    this.legend(place);
    place.dataset.rows = values.length;
  }

  // The legend is text of the page, so that it wraps: the colours of the chart's scale, in its order.
  legend(place) {
    let list = this.section.querySelector(".legend");
    if (!this.spec.usermeta?.legend) return;
    if (!list) {
      list = document.createElement("ul");
      list.className = "legend";
      place.before(list);
    }
    const scale = this.drawing.view.scale("color");
    list.replaceChildren(
      ...scale.domain().map((value) => {
        const item = document.createElement("li");
        const patch = document.createElement("span");
        patch.dataset.colour = patch.style.background = scale(value);
        item.append(patch, value);
        return item;
      }),
    );
  }

  // a click on a mark of a course or a run chooses it for the page
  drill(datum) {
    if (!this.spec.usermeta?.drill || !datum) return;
    if (datum.series && !choice.course) choose("course", datum.series);
    else if (datum.course_run ?? datum.series) choose("course_run", datum.course_run ?? datum.series);
  }

  words() {
    const { value, at, by, kind } = this.summary;
    const rows = this.shown.filter((row) => row[value] !== null);
    const groups = new Map();
    for (const row of rows) {
      const key = by ? row[by] : "";
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(row);
    }
    const tell = (row, name) => told(this.column[name], row[name]);
    const isDay = (name) => this.column[name].kind === "date";
    const where = (row) => at.map((name) => (isDay(name) ? "" : this.column[name].label + " ") + tell(row, name)).join(", ");
    if (kind === "list") {
      const first = at[0] && this.column[at[0]].kind in numberFormats ? this.column[at[0]].label + " " : "";
      const all = rows.map((row, place) => (place ? "" : first) + [...(by ? [by] : []), ...at].map((name) => tell(row, name)).join(", ") + ": " + tell(row, value));
      const rest = all.length > 8 ? " " + filled(page.texts.more, { count: all.length - 8 }) : "";
      const leftOut = this.shown.filter((row) => row[value] === null && at.every((name) => row[name] !== null));
      const names = leftOut.slice(0, 8).map((row) => at.map((name) => tell(row, name)).join(", "));
      const withheld = names.length ? " " + filled(page.texts.left_out, { names: names.join("; ") + (names.length < leftOut.length ? "; …" : "") }) : "";
      return all.slice(0, 8).join("; ") + (all.length ? "." : "") + rest + withheld;
    }
    // in the order of the legend, where the chart has one
    const order = this.spec?.encoding?.color?.scale?.domain ?? [];
    const inOrder = [...groups].sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
    const sentences = inOrder.map(([key, members]) => {
      const ordered = [...members].sort((one, other) => (one[value] < other[value] ? -1 : one[value] > other[value] ? 1 : 0));
      const [low, high, last] = [ordered[0], ordered.at(-1), members.at(-1)];
      return filled(!by ? page.texts.range : groups.size > 5 ? page.texts.many : page.texts.series, {
        series: by ? told(this.column[by], key) : "",
        low: tell(low, value), low_at: where(low), high: tell(high, value), high_at: where(high), last: tell(last, value), last_at: where(last),
      });
    });
    const rest = sentences.length > 8 ? " " + filled(page.texts.more, { count: sentences.length - 8 }) : "";
    const capital = (text) => text[0].toLocaleUpperCase(page.language) + text.slice(1);
    return sentences.slice(0, 8).map(capital).join(" ") + rest;
  }

  tabulate() {
    if (!this.stale || !this.details.open) return;
    this.stale = false;
    const table = document.createElement("table");
    const caption = table.createCaption();
    caption.textContent = this.title + " · " + filled(page.texts.rows, { count: numberFormats.count.format(this.shown.length) });
    const head = table.createTHead().insertRow();
    for (const column of this.columns) {
      const th = document.createElement("th");
      th.scope = "col";
      th.textContent = column.label;
      if (column.kind in numberFormats) th.className = "number";
      head.append(th);
    }
    const body = table.createTBody();
    for (const row of this.shown) {
      const line = body.insertRow();
      for (const column of this.columns) {
        const td = line.insertCell();
        td.textContent = told(column, row[column.name]);
        if (column.kind in numberFormats) td.className = "number";
      }
    }
    this.tableRegion.replaceChildren(table);
  }

  csv() {
    const lines = [this.columns.map((column) => quoted(column.label))];
    for (const row of this.shown) lines.push(this.columns.map((column) => cell(column, row[column.name])));
    return lines.map((line) => line.join(",")).join("\r\n") + "\r\n";
  }

  download() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + this.csv()], { type: "text/csv;charset=utf-8" }));
    link.download = this.name + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

// ---- choices of the page: courses and their runs, kept in the address -----------------------------------------------

const selects = Object.fromEntries([...document.querySelectorAll("[data-scope]")].map((select) => [select.dataset.scope, select]));

function offer() {
  if (!selects.course) return;
  const courses = [...new Set(page.scopes.map(([course]) => course))];
  const runs = page.scopes.filter(([course]) => choice.course === null || course === choice.course).map(([, run]) => run);
  fill(selects.course, page.texts.all_courses, courses, choice.course);
  fill(selects.course_run, page.texts.all_runs, runs, choice.course_run);
}

function fill(select, all, values, chosen) {
  select.replaceChildren(new Option(all, ""), ...values.map((value) => new Option(value, value)));
  select.value = chosen ?? "";
}

function choose(scope, value) {
  choice[scope] = value || null;
  const course = page.scopes.find(([, run]) => run === choice.course_run)?.[0] ?? null;
  if (scope === "course_run" && course) choice.course = course;
  else if (course !== choice.course) choice.course_run = null;
  const kept = Object.entries(choice).filter(([, chosen]) => chosen !== null);
  history.replaceState(null, "", kept.length ? "#" + new URLSearchParams(kept) : location.pathname + location.search);
  offer();
  return showAll((figure) => Object.keys(figure.filters).length > 0);
}

function showAll(which = () => true) {
  return Promise.all(figures.filter(which).map((figure) => figure.show()));
}

function redraw() {
  return Promise.all(figures.map((figure) => figure.draw()));
}

function start() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [course, run] = [asked.get("course"), asked.get("course_run")];
  if (page.scopes.some((scope) => scope[0] === course)) choice.course = course;
  if (page.scopes.some((scope) => scope[1] === run && scope[0] === choice.course)) choice.course_run = run;
  for (const [name, content] of Object.entries(page.figures)) figures.push(new Figure(name, content));
  for (const [scope, select] of Object.entries(selects)) select.addEventListener("change", () => choose(scope, select.value));
  offer();
  darkScreen.addEventListener("change", redraw);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width) redraw();
    width = innerWidth;
  });
  addEventListener("beforeprint", putOnPaper);
  addEventListener("afterprint", redraw);
  return showAll();
}

start().then(() => document.documentElement.setAttribute("data-drawn", "true"));
