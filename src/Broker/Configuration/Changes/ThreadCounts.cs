namespace KafkaCompatBroker.Broker.Configuration.Changes;

/// <summary>
/// Kafka lets a pool of threads grow to double and shrink to half of its size with one change, and refuses the rest in these words, which
/// name its exception. Here only <c>num.replica.fetchers</c>, <c>log.cleaner.threads</c> and, at the next start,
/// <c>num.recovery.threads.per.data.dir</c> count anything; the others are held to the same rule, so that what one broker of a cluster
/// takes the others take too.
/// </summary>
internal static class ThreadCounts
{
    private static readonly string[] Names =
        ["num.network.threads", "num.io.threads", "num.replica.fetchers", "num.recovery.threads.per.data.dir", "background.threads"];

    public static string? Problem(BrokerConfig current, BrokerConfig next)
    {
        foreach (var name in Names)
        {
            var (before, after) = ((int)current.Value(name)!, (int)next.Value(name)!);
            if (before == after)
                continue;
            var rule = after <= 0 ? "value should be at least 1"
                : after < before / 2 ? $"value should be at least half the current value {before}"
                : after > before * 2 ? $"value should not be greater than double the current value {before}"
                : null;
            if (rule is not null)
                return "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation failed for "
                    + $"{name}={after}, {rule} for configuration Invalid dynamic configuration";
        }
        return OfCleaner(current.LogCleanerThreads, next.LogCleanerThreads) is { } problem
            ? $"Invalid value org.apache.kafka.common.config.ConfigException: {problem} for configuration Invalid dynamic configuration"
            : null;
    }

    /// <summary>The cleaner has the rule in words of its own.</summary>
    private static string? OfCleaner(int before, int after)
    {
        if (after < 1)
            return "Log cleaner threads should be at least 1";
        if (after < before / 2)
            return $"Log cleaner threads cannot be reduced to less than half the current value {before}";
        return after > before * 2 ? $"Log cleaner threads cannot be increased to more than double the current value {before}" : null;
    }
}
