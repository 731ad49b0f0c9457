// What many measurements of the same thing, or many answers of a model, say together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mobilenet {

// In the unit of the values.
struct Distribution {
  double min = 0;
  double median = 0;
  double p90 = 0;  // nine of ten values are no larger
  double p99 = 0;
  double max = 0;
  double mean = 0;
  double stddev = 0;  // sample standard deviation: 0 for a single value
  int outliers = 0;   // further from the quartiles than three times their distance (Tukey's outer fences)
};

// For values in rising order, at least one: `part` of them lie below the result, linear between neighbours.
double Quantile(std::span<const double> sorted, double part);
double Median(std::vector<double> values);

enum class Statistic { kMin, kMedian, kP90, kMean };

// For at least one value.
double ValueOf(Statistic statistic, std::vector<double> values);

// For at least one value.
Distribution Describe(std::vector<double> values);

// How many times as large the later values are.
struct Ratio {
  double ratio = 1;
  double low = 1;  // the 95 % confidence interval
  double high = 1;
};

// The ratio of the statistic of `later` to that of `earlier`; both in the order in which they were measured,
// above 0 and not empty. The interval is a bootstrap's (Efron 1979) over blocks of neighbours (Kuensch 1989),
// since what slows one inference down slows the next one too; the same values give the same interval.
Ratio RatioOf(std::span<const double> earlier, std::span<const double> later, Statistic statistic);

struct RateInterval {
  double low = 0;
  double high = 1;
};

// Wilson's score interval at 95 % for a rate, given `right` out of `n`; 0...1 if n is 0.
RateInterval WilsonInterval(int64_t right, int64_t n);

// McNemar's exact test of two models on the same images: the probability that two equally good models differ
// on this many images at least as one-sidedly. `only_first`, `only_second`: images that only one of them has
// right.
double McNemarProbability(int64_t only_first, int64_t only_second);

}  // namespace mobilenet
