#include <string.h>

#include "transformers.h"

/*
 * date: dates and times of day moved by one offset for each person (together) or value, in whole
 * weeks where the distance allows it, so that order, intervals and weekdays stay.
 */
enum { DATE_WITHIN, DATE_TOGETHER };
const struct mask_param date_params[] = {
    {"within", MASK_P_DURATION, "90d", NULL,
     "at most so far from the value; whole days, from two weeks on whole weeks"},
    {"together", MASK_P_COLUMN, NULL, NULL,
     "one offset for all rows that have the same value in this column: the person's key"},
    {0},
};

enum { DAY = 86400, WEEK = 7 };

bool date_prepare(struct mask_rule *r, struct err *err)
{
    int64_t days = r->args[DATE_WITHIN].number / DAY;

    r->facts.entity = r->args[DATE_TOGETHER].text;
    r->facts.injective = false;
    r->n[1] = days >= 2 * WEEK ? WEEK : 1;
    r->n[0] = (uint64_t)days / r->n[1];
    return days || mask_wrong(r, err, "date: within is less than a day");
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar (Howard Hinnant, days_from_civil). */
static int64_t days_of(int64_t y, unsigned m, unsigned d)
{
    int64_t era, of_era;
    unsigned of_year;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    of_era = y - era * 400;
    of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil(int64_t days, int64_t *ret_y, unsigned *ret_m, unsigned *ret_d)
{
    int64_t era, of_era, year;
    unsigned of_year, m;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    of_era = days - era * 146097;
    year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = (unsigned)(of_era - (365 * year + year / 4 - year / 100));
    m = (5 * of_year + 2) / 153;
    *ret_d = of_year - (153 * m + 2) / 5 + 1;
    *ret_m = m < 10 ? m + 3 : m - 9;
    *ret_y = year + era * 400 + (*ret_m <= 2);
}

/* Reads YYYY-MM-DD; *ret_len its length. False: no date that can move (infinity, 0000-00-00). */
static bool read_date(struct slice v, int64_t *ret_y, unsigned *ret_m, unsigned *ret_d,
                      size_t *ret_len)
{
    size_t i = 0, year;
    unsigned part[2] = {0, 0};

    for (*ret_y = 0; i < v.len && i < 7 && v.data[i] >= '0' && v.data[i] <= '9'; i++)
        *ret_y = *ret_y * 10 + (v.data[i] - '0');
    year = i;
    for (int k = 0; k < 2; k++, i += 3) {
        if (i + 3 > v.len || v.data[i] != '-' || v.data[i + 1] < '0' || v.data[i + 1] > '9' ||
            v.data[i + 2] < '0' || v.data[i + 2] > '9')
            return false;
        part[k] = (unsigned)(v.data[i + 1] - '0') * 10 + (unsigned)(v.data[i + 2] - '0');
    }
    *ret_m = part[0];
    *ret_d = part[1];
    *ret_len = i;
    return year >= 4 && *ret_m >= 1 && *ret_m <= 12 && *ret_d >= 1 && *ret_d <= 31;
}

/* What the type holds: MySQL's 1000 to 9999, of TIMESTAMP 1970 to 2038, PostgreSQL's from 4713 BC.
 */
static bool in_range(const struct mask_column *c, int64_t days)
{
    if (c->date_only_1970)
        return days >= days_of(1970, 1, 2) && days <= days_of(2038, 1, 17);
    return days >= days_of(1, 1, 1) && days <= days_of(9999, 12, 30);
}

bool date_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    uint8_t block[MASK_BLOCK];
    size_t len;
    int64_t y, days, by;
    unsigned m, d_;
    struct dice d;

    (void)ret_null, (void)err;
    if (!read_date(in->value, &y, &m, &d_, &len) ||
        memmem(in->value.data, in->value.len, "BC", 2)) {
        buf_add(out, in->value.data, in->value.len);
        return true;
    }
    if (in->entity.data)
        mask_block_of(w, r, in->entity, block);
    else /* the day alone: times of one day stay together */
        mask_block_of(w, r, (struct slice){in->value.data, len}, block);
    dice_from(&d, block);
    by = (int64_t)(1 + dice_below(&d, r->n[0])) * (int64_t)r->n[1];
    if (dice_next(&d) & 1)
        by = -by;
    days = days_of(y, m, d_);
    if (!in_range(r->column, days + by))
        by = in_range(r->column, days - by) ? -by : 0;
    civil(days + by, &y, &m, &d_);
    buf_addf(out, "%04lld-%02u-%02u", (long long)y, m, d_);
    buf_add(out, in->value.data + len, in->value.len - len);
    return true;
}
