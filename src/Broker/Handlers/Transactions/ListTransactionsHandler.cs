using System.Text.RegularExpressions;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>
/// ListTransactions: the transactional ids that this broker coordinates, of the states, producers, ages and names asked for, if any.
/// KIP-664, KIP-994, KIP-1152.
/// </summary>
public sealed class ListTransactionsHandler(TransactionCoordinator transactions)
    : IHandler<ListTransactionsRequest, ListTransactionsResponse>
{
    /// <summary>States that Kafka knows by name; the last two are never an id's newest record.</summary>
    private static readonly HashSet<string> KnownStates = [.. Enum.GetNames<TransactionState>(), "Dead", "PrepareEpochFence"];

    public async ValueTask<ListTransactionsResponse?> Handle(ListTransactionsRequest request, RequestContext context)
    {
        if (!TryMatcher(request.TransactionalIdPattern, out var matchesId))
            return new ListTransactionsResponse { ErrorCode = KafkaError.InvalidRegularExpression };
        var unknownStates = request.StateFilters.Distinct(StringComparer.Ordinal).Where(state => !KnownStates.Contains(state)).ToList();
        var list = await transactions.List(new TransactionFilter
        {
            ProducerIds = request.ProducerIdFilters.ToHashSet(),
            States = request.StateFilters.ToHashSet(StringComparer.Ordinal),
            DurationMs = request.DurationFilter,
            MatchesId = matchesId,
        });
        return new ListTransactionsResponse
        {
            ErrorCode = list.Error,
            UnknownStateFilters = unknownStates,
            TransactionStates = [.. list.Transactions.Select(transaction => new ListTransactionsResponse.TransactionStateData
            {
                TransactionalId = transaction.TransactionalId,
                ProducerId = transaction.ProducerId,
                TransactionState = transaction.State.ToString(),
            })],
        };
    }

    /// <summary>An expression is held against the whole id, in time linear in its length, as by Kafka's RE2.</summary>
    private static bool TryMatcher(string? pattern, out Func<string, bool> matches)
    {
        matches = static _ => true;
        if (string.IsNullOrEmpty(pattern))
            return true;
        try
        {
            const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            // By itself first: parentheses that only close what stands around the pattern make it invalid.
            _ = new Regex(pattern, Options);
            var expression = new Regex($@"\A(?:{pattern})\z", Options);
            matches = expression.IsMatch;
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
