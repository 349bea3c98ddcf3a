(function () {
  'use strict';
  var bar = document.getElementById('bar'), shown = document.getElementById('shown');
  var find = document.getElementById('find');
  var blocks = Array.prototype.slice.call(document.querySelectorAll('.o')).map(function (o) {
    return {
      o: o, open: o.open,
      name: o.querySelector('summary').textContent.toLowerCase(),
      rows: Array.prototype.slice.call(o.querySelectorAll('.r')).map(function (r) { return { r: r, text: null }; })
    };
  });
  function off(element, hide) {
    if (hide) element.setAttribute('data-off', '');
    else element.removeAttribute('data-off');
  }
  function apply() {
    var words = find.value.toLowerCase().split(/\s+/).filter(Boolean), n = 0, all = 0;
    var wanted = ['k', 's', 'v'].map(function (id) { return [id, document.getElementById('by-' + id).value]; })
      .filter(function (w) { return w[1] !== ''; });
    blocks.forEach(function (b) {
      var visible = 0;
      b.rows.forEach(function (row) {
        if (row.text === null) row.text = b.name + ' ' + row.r.textContent.toLowerCase();
        var good = wanted.every(function (w) { return row.r.getAttribute('data-' + w[0]) === w[1]; }) &&
          words.every(function (w) { return row.text.indexOf(w) >= 0; });
        off(row.r, !good);
        visible += good ? 1 : 0;
      });
      all += b.rows.length;
      n += visible;
      off(b.o, !visible);
    });
    shown.textContent = n === all ? all + ' findings' : n + ' of ' + all + ' findings';
  }
  function open(yes) {
    blocks.forEach(function (b) { b.o.open = yes; });
  }
  var wait;
  find.addEventListener('input', function () { clearTimeout(wait); wait = setTimeout(apply, 150); });
  ['by-k', 'by-s', 'by-v'].forEach(function (id) { document.getElementById(id).addEventListener('change', apply); });
  document.getElementById('open').addEventListener('click', function () { open(true); });
  document.getElementById('close').addEventListener('click', function () { open(false); });
  document.addEventListener('keydown', function (e) {
    if (e.key === '/' && !/INPUT|SELECT|TEXTAREA/.test(e.target.tagName)) { e.preventDefault(); find.focus(); }
  });
  window.addEventListener('beforeprint', function () {
    blocks.forEach(function (b) { b.open = b.o.open; b.o.open = true; });
  });
  window.addEventListener('afterprint', function () {
    blocks.forEach(function (b) { b.o.open = b.open; });
  });
  bar.addEventListener('submit', function (e) { e.preventDefault(); });
  bar.hidden = false;
  apply();
})();
