namespace KafkaCompatBroker.Controller.Context;

/// <summary>Which controller speaks: the broker it lives in, and the epoch of its election.</summary>
internal readonly record struct ControllerIdentity(BrokerId Id, ControllerEpoch Epoch);
