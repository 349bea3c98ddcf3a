// page_stub.js - enough of a document for the script of the HTML report: formats.py appends, as `blocks`,
// what the page holds, then the page's script, then what it asks.
'use strict';
function element(text, data) {
  var attributes = {}, handlers = {};
  Object.keys(data || {}).forEach(function (k) { attributes['data-' + k] = data[k]; });
  return {
    value: '', hidden: true, open: true, textContent: text || '', tagName: 'DIV', attributes: attributes,
    getAttribute: function (k) { return k in attributes ? attributes[k] : null; },
    setAttribute: function (k, v) { attributes[k] = v; },
    removeAttribute: function (k) { delete attributes[k]; },
    addEventListener: function (name, f) { handlers[name] = f; },
    fire: function (name, e) { handlers[name](e || {}); },
    focus: function () { this.focused = true; },
    off: function () { return 'data-off' in attributes; }
  };
}
var ids = {}, all = [], now = [];
global.setTimeout = function (f) { now.push(f); return now.length; };
global.clearTimeout = function () {};
function load(blocks) {
  all = blocks.map(function (b) {
    var block = element(), summary = element(b.name);
    block.rows = b.rows.map(function (r) { return element(r.text, { k: r.k, s: r.s, v: r.v }); });
    block.querySelector = function () { return summary; };
    block.querySelectorAll = function () { return block.rows; };
    return block;
  });
}
var listeners = element(), page = element();
global.document = {
  getElementById: function (id) { return ids[id] || (ids[id] = element()); },
  querySelectorAll: function () { return all; },
  addEventListener: listeners.addEventListener
};
global.window = page;
function shown() {
  return all.reduce(function (n, b) { return n + (b.off() ? 0 : b.rows.filter(function (r) { return !r.off(); }).length); }, 0);
}
function search(text) {
  ids.find.value = text;
  ids.find.fire('input');
  now.splice(0).forEach(function (f) { f(); });
  return shown();
}
function choose(id, value) {
  ids[id].value = value;
  ids[id].fire('change');
  return shown();
}
